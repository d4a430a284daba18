//! `Retry` of states.

use compasso_types::{Json, Object};

use super::Plain;
use crate::source::Span;
use crate::tree::{Jitter, Retry};

/// What the language calls errors that pipelines call otherwise.
const NAMES: [(&str, &str); 2] =
    [("Timeout", "States.Timeout"), ("Heartbeat", "States.HeartbeatTimeout")];

impl Plain<'_, '_> {
    /// Writes how a state is tried again. A lost worker is nothing that the language knows of.
    pub(super) fn retriers(&mut self, retry: &Retry, span: Span, state: &mut Object) -> Option<()> {
        if retry.max == 0 {
            return Some(());
        }
        if retry.window.is_some() {
            return self.refuse(span, "'window' of 'retry'");
        }
        let mut retriers = Vec::new();
        if !retry.except.is_empty() {
            let never = self.names(&retry.except, span)?;
            let none = Json::from(0_i64);
            retriers.push(Json::object([("ErrorEquals", never), ("MaxAttempts", none)]));
        }
        let errors = match &retry.on[..] {
            [] => Json::array([Json::from("States.ALL")]),
            names => self.names(names, span)?,
        };
        let jitter = match retry.jitter {
            Jitter::Full => "FULL",
            Jitter::None => "NONE",
        };
        retriers.push(Json::object([
            ("ErrorEquals", errors),
            ("IntervalSeconds", self.seconds(retry.delay, span, "'delay' of 'retry'")?.into()),
            ("MaxAttempts", i64::from(retry.max).into()),
            ("BackoffRate", retry.backoff.into()),
            (
                "MaxDelaySeconds",
                self.seconds(retry.max_delay, span, "'max_delay' of 'retry'")?.into(),
            ),
            ("JitterStrategy", jitter.into()),
        ]));
        state.insert("Retry".into(), Json::array(retriers));
        Some(())
    }

    fn names(&mut self, names: &[std::sync::Arc<str>], span: Span) -> Option<Json> {
        let mut found = Vec::new();
        for name in names {
            let is_class = name.ends_with('*') || name.ends_with("xx") || &**name == "Exit";
            if is_class {
                return self.refuse(span, &format!("all errors of the kind '{name}' in 'retry'"));
            }
            let known = NAMES.iter().find(|(ours, _)| *ours == &**name);
            found.push(known.map_or(Json::String(name.clone()), |(_, theirs)| Json::from(*theirs)));
        }
        Some(Json::array(found))
    }
}
