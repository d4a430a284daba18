//! Fields like those of executions.

use compasso_query::{Field, Kind, Query, Schema};

pub(crate) const STATUSES: &[&str] = &["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

pub(crate) const SCHEMA: Schema = Schema {
    fields: &[
        Field { name: "status", kind: Kind::Word(STATUSES) },
        Field { name: "workflow", kind: Kind::Text },
        Field { name: "started", kind: Kind::Time },
        Field { name: "duration", kind: Kind::Duration },
        Field { name: "redrives", kind: Kind::Number },
        Field { name: "waiting", kind: Kind::Word(&["PEOPLE", "EVENT", "ASSET"]) },
    ],
    begun: &[
        Field { name: "input.", kind: Kind::Attribute },
        Field { name: "labels.", kind: Kind::Text },
    ],
};

pub(crate) fn query(text: &str) -> Query {
    Query::parse(text, &SCHEMA).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}
