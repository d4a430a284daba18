//! A task that runs again until something holds.

use std::time::Duration;

use crate::expression::{Expression, Name, Names};
use crate::fields::Reader;
use crate::source::Node;

/// `repeat`.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// The pause between two runs.
    pub every: Option<Duration>,
    /// How long it goes on.
    pub period: Option<Duration>,
    /// How many runs there are at most.
    pub max: Option<u32>,
    /// It goes on until this holds.
    pub until: Option<Expression>,
    /// It goes on while this holds.
    pub condition: Option<Expression>,
    /// What it means when time or runs are used up.
    pub on_exhausted: OnExhausted,
}

/// What it means when time or runs are used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnExhausted {
    /// The task fails with `RepeatExhausted`.
    #[default]
    Fail,
    /// The task succeeds with the last output.
    Success,
}

impl Repeat {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        let names = names.and(Name::Output);
        let words = [("fail", OnExhausted::Fail), ("success", OnExhausted::Success)];
        let mut fields = reader.fields_like(node, "{every: …}")?;
        let repeat = Self {
            every: fields.read(reader, "every", Reader::duration),
            period: fields.read(reader, "for", Reader::duration),
            max: fields.read(reader, "max", Reader::positive),
            until: fields.read(reader, "until", |r, n| r.bare(n, names)),
            condition: fields.read(reader, "while", |r, n| r.bare(n, names)),
            on_exhausted: fields
                .read(reader, "on_exhausted", |r, n| r.word(n, &words))
                .unwrap_or_default(),
        };
        fields.finish(reader);
        let goes_on_for_ever =
            ["for", "max", "until", "while"].iter().all(|name| node.get(name).is_none());
        if goes_on_for_ever {
            let hint = "add 'until', 'while', 'for' or 'max'";
            return reader.refuse(node, "nothing ends this", hint);
        }
        Some(repeat)
    }
}
