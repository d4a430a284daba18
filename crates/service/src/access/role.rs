//! Roles: each is a set of things that its holder may do.

use serde::{Deserialize, Serialize};

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads, starts, stops, steers and approves.
    Operator,
    /// Does what operators do, and changes definitions, schedules, secrets and connections.
    Author,
    /// Does everything, and manages tokens.
    Admin,
    /// Takes tasks and reports their ends, and nothing else.
    Worker,
}

impl Role {
    /// All of them, in the order of what they may do.
    pub const ALL: [Self; 5] =
        [Self::Viewer, Self::Operator, Self::Author, Self::Admin, Self::Worker];

    /// Returns its name, as it is written everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Author => "author",
            Self::Admin => "admin",
            Self::Worker => "worker",
        }
    }

    /// Reads a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Returns whether its holder may do what `needed` may.
    pub fn covers(self, needed: Self) -> bool {
        match (self, needed) {
            (Self::Admin, _) => true,
            (Self::Worker, _) | (_, Self::Worker) => self == needed,
            (Self::Viewer | Self::Operator | Self::Author, _) => self.rank() >= needed.rank(),
        }
    }

    fn rank(self) -> usize {
        Self::ALL.iter().position(|role| *role == self).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_may_name_every_role_that_people_have() {
        let of_people = Role::ALL.into_iter().filter(|role| *role != Role::Worker);
        assert!(of_people.map(Role::name).eq(compasso_pipeline::tree::ROLES));
    }

    #[test]
    fn a_role_may_do_what_those_before_it_may_and_workers_only_work() {
        let of = |role: Role| {
            let covered = Role::ALL.into_iter().filter(move |needed| role.covers(*needed));
            covered.map(Role::name).collect::<Vec<_>>()
        };
        assert_eq!(of(Role::Viewer), ["viewer"]);
        assert_eq!(of(Role::Operator), ["viewer", "operator"]);
        assert_eq!(of(Role::Author), ["viewer", "operator", "author"]);
        assert_eq!(of(Role::Admin), ["viewer", "operator", "author", "admin", "worker"]);
        assert_eq!(of(Role::Worker), ["worker"]);
    }
}
