//! What there is in a simulation. Not everything in each: rare troubles are not drowned by others, and
//! what has nothing to do with each other does not hide each other.

use crate::dice::Dice;
use crate::library::{self, Part};

/// How many clients there are.
const CLIENTS_MIN: usize = 2;
const CLIENTS_MAX: usize = 4;
/// How many things each of them does.
const ACTS_MIN: usize = 4;
const ACTS_MAX: usize = 14;

/// What a simulation has.
#[derive(Clone, Debug)]
pub(crate) struct Features {
    /// Nodes have leases, and the owner changes by them; otherwise any node takes over at any time.
    pub(crate) has_leases: bool,
    parts: Vec<Part>,
    /// How many clients there are, and how many things each does: what a few do is broken as well as
    /// what many do, in less time, and is easier to follow.
    pub(crate) clients: usize,
    pub(crate) acts: usize,
    /// The numbers of the definitions that are started.
    pub(crate) definitions: Vec<usize>,
}

impl Features {
    /// Draws what there is.
    pub(crate) fn of(dice: &mut Dice) -> Self {
        let has_leases = dice.says(500);
        let optional = [Part::MapRuns, Part::Graphs, Part::Workers];
        let drawn = optional.into_iter().filter(|_| dice.says(500));
        let parts: Vec<_> = [Part::Basic].into_iter().chain(drawn).collect();
        let is_in = |number: &usize| parts.contains(&library::part(*number));
        let definitions = (0..library::COUNT).filter(is_in).collect();
        let clients = CLIENTS_MIN + dice.below(CLIENTS_MAX - CLIENTS_MIN + 1);
        let acts = ACTS_MIN + dice.below(ACTS_MAX - ACTS_MIN + 1);
        Self { has_leases, parts, clients, acts, definitions }
    }

    pub(crate) fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}
