//! The definitions that are run.

use std::sync::{Arc, OnceLock};

use compasso_ir::{Definition, ExecutionType};
use compasso_runtime::{DefinitionError, DefinitionRef, Definitions};
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};

/// The activity whose tasks workers take.
pub(crate) const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:A";

const TEXTS: [&str; 7] = [
    // Nothing but states.
    r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","End":true}}}"#,
    // A task that is tried again.
    r#"{"StartAt":"Work","States":{"Work":{"Type":"Task",
        "Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","TimeoutSeconds":60,
        "Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1,"MaxAttempts":3}],
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"End":true},
        "Caught":{"Type":"Pass","End":true}}}"#,
    // Times to wait.
    r#"{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":3,"Next":"Again"},
        "Again":{"Type":"Wait","Seconds":7,"End":true}}}"#,
    // Two things at once.
    r#"{"StartAt":"Both","States":{"Both":{"Type":"Parallel","End":true,"Branches":[
        {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":2,"End":true}}},
        {"StartAt":"T","States":{"T":{"Type":"Task",
            "Resource":"arn:aws:lambda:us-east-1:123456789012:function:g","End":true}}}]}}}"#,
    // A task an item.
    r#"{"StartAt":"Each","States":{"Each":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,
        "ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task",
            "Resource":"arn:aws:lambda:us-east-1:123456789012:function:h",
            "Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1}],"End":true}}},
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"End":true},
        "Caught":{"Type":"Pass","End":true}}}"#,
    // Work that somebody polls for, who may fall silent.
    r#"{"StartAt":"Ask","States":{"Ask":{"Type":"Task",
        "Resource":"arn:aws:states:us-east-1:123456789012:activity:A",
        "TimeoutSeconds":20,"HeartbeatSeconds":6,
        "Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1,"MaxAttempts":4}],
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"Next":"Rest"},
        "Rest":{"Type":"Wait","Seconds":1,"End":true},
        "Caught":{"Type":"Pass","End":true}}}"#,
    // A task after a task.
    r#"{"StartAt":"First","States":{"First":{"Type":"Task",
        "Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Next":"Second"},
        "Second":{"Type":"Task",
        "Resource":"arn:aws:lambda:us-east-1:123456789012:function:g","End":true}}}"#,
];

/// Finds definitions by their number.
pub(crate) struct Library;

impl Library {
    /// How many there are.
    pub(crate) const COUNT: usize = TEXTS.len();

    pub(crate) fn get(number: usize) -> Arc<Definition> {
        static COMPILED: OnceLock<Vec<Arc<Definition>>> = OnceLock::new();
        let compile = |text: &&str| {
            let analysis = compasso_asl::compile(text, ExecutionType::Standard);
            analysis.definition.expect("the definitions here are valid")
        };
        COMPILED.get_or_init(|| TEXTS.iter().map(compile).collect())[number].clone()
    }
}

impl Definitions for Library {
    fn load<'a>(
        &'a self,
        reference: &'a DefinitionRef,
    ) -> BoxFuture<'a, Result<Arc<Definition>, DefinitionError>> {
        let number = reference.0.parse().ok().filter(|number| *number < Self::COUNT);
        let found = number.map(Self::get);
        ready(found.ok_or_else(|| DefinitionError::Unusable("no such number".into()))).boxed()
    }

    fn has_activity<'a>(&'a self, _arn: &'a str) -> BoxFuture<'a, bool> {
        ready(true).boxed()
    }
}
