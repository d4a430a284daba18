//! The kinds of problem a pipeline may have.

use std::fmt;

use compasso_asl::Severity;

/// A problem of a pipeline file.
pub type Diagnostic = compasso_asl::Diagnostic<Code>;

/// Declares [`Code`] with the number and the severity of each kind.
macro_rules! codes {
    ($($(#[$docs:meta])* $name:ident = $number:literal,)*) => {
        /// The kind of problem: `E…` for errors, `W…` for warnings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $($(#[$docs])* $name,)*
        }

        impl Code {
            /// Every code, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns the code as it is written: `E001`, `W101`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $number,)*
                }
            }
        }
    };
}

codes! {
    /// A field that is not known there.
    UnknownField = "E001",
    /// A task that does nothing or several things.
    NotOneAction = "E002",
    /// `needs` names a task that is not there.
    UnknownNeed = "E003",
    /// Tasks that wait for each other.
    Cycle = "E004",
    /// An expression that is no JSONata.
    BadExpression = "E005",
    /// An expression reads a task that is not among the `needs`.
    UndeclaredNeed = "E006",
    /// An id with a hyphen or another character that ids cannot have.
    BadId = "E007",
    /// An expression reads a name that is not there.
    UnknownName = "E008",
    /// An expression where the shell does not look: in single quotes, say.
    UnreachableExpression = "E009",
    /// A schedule that never fires.
    NeverFires = "E010",
    /// A time zone that does not exist.
    UnknownZone = "E011",
    /// A secret as a part of a value, or in a field that takes none.
    MisplacedSecret = "E012",
    /// The default of a param breaks the param's own rules.
    BadDefault = "E013",
    /// `teardown` names a task that is not there.
    UnknownTeardown = "E014",
    /// Two triggers with one id.
    DuplicateTrigger = "E015",
    /// `success()` and its like inside a longer expression.
    StatusFunction = "E016",
    /// A value of a wrong type or out of bounds.
    BadValue = "E017",
    /// A field that must be there is not.
    MissingField = "E018",
    /// The text is not YAML, or repeats a key.
    NotYaml = "E019",
    /// The text is larger than a bound.
    TooLarge = "E020",
    /// A part of the format that this version does not run yet.
    NotSupported = "E021",
    /// `uses` names an action that is not there.
    UnknownAction = "E022",
    /// What must be stored, in a pipeline with `mode: express`.
    NotExpress = "E023",
    /// What a plain definition in the Amazon States Language cannot say.
    NotInAsl = "E024",
    /// An operator of other languages: `==`, `&&`, `||`.
    ForeignOperator = "W101",
    /// A daily schedule in an hour that is repeated when clocks change, which runs twice then.
    RunsTwice = "W102",
    /// `when: all_success` behind a need that may be skipped.
    SkippedWithNeed = "W103",
    /// `compensate` without `saga`.
    CompensateWithoutSaga = "W104",
    /// The output of a task that may have been skipped, read without `$exists`.
    OutputOfSkipped = "W105",
    /// A wait without a time-out.
    EndlessWait = "W106",
    /// `overlap: skip` loses what `catchup` brings.
    SkipsCatchup = "W107",
    /// A pool, a calendar, a database or a connection that the server does not know, or more slots than a pool has.
    NotOnServer = "W108",
    /// A secret that the server does not keep.
    NoSecret = "W109",
    /// An expression of Jinja, `{{ … }}`, which stays text here.
    Jinja = "W110",
    /// Pipelines that start each other without end.
    Circle = "W111",
    /// `slots` of a task without a pool.
    SlotsWithoutPool = "W112",
    /// Pipelines whose tasks run each other without end.
    RunsItself = "W113",
    /// How a task, a step or a run ended, compared with what none ends as.
    NeverSo = "W114",
}

impl Code {
    /// Returns how bad problems of this kind are.
    pub fn severity(self) -> Severity {
        if self.name().starts_with('W') { Severity::Warning } else { Severity::Error }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
