//! Every bound of the product, in one place, with a name.

use std::time::Duration;

/// Largest definition text, bytes of UTF-8.
pub const DEFINITION_BYTES_MAX: usize = 1_048_576;
/// Largest request body the Step Functions protocol takes, bytes.
pub const REQUEST_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Largest input, output or result of a state, bytes of UTF-8 (AWS profile).
pub const PAYLOAD_BYTES_MAX: usize = 262_144;
/// Largest value of a run of a pipeline, bytes: what is larger is to be an artifact.
pub const RUN_VALUE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Deepest nesting of a state's output: well below what the JSON parser takes, so that whatever is
/// stored can be read again.
pub const PAYLOAD_DEPTH_MAX: usize = 100;
/// Longest name of a state machine, execution, activity, state or variable, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// Longest error name in a request, characters.
pub const ERROR_CHARS_MAX: usize = 256;
/// Longest cause in a request, characters.
pub const CAUSE_CHARS_MAX: usize = 32_768;
/// Most signals that an execution keeps until a state takes them.
pub const SIGNALS_KEPT_MAX: usize = 100;
/// Most bytes of the names and payloads of the signals that an execution keeps, unless it is one.
pub const SIGNALS_KEPT_BYTES_MAX: usize = 262_144;
/// How many ids of signals an execution remembers.
pub const SIGNAL_IDS_MAX: usize = 100;
/// Most attributes that the executions of a state machine are searched by.
pub const SEARCH_ATTRIBUTES_MAX: usize = 20;
/// Longest text that executions are searched by, bytes; longer ones are not indexed.
pub const SEARCH_TEXT_BYTES_MAX: usize = 1_024;
/// Most executions that one request for a page of a search looks at.
pub const SEARCH_ROWS_MAX: usize = 5_000;
/// Most runs of one export.
pub const EXPORTED_RUNS_MAX: usize = 100_000;
/// Most runs that one job is about.
pub const JOB_RUNS_MAX: usize = 10_000;
/// Most views of runs that are saved in an account.
pub const SAVED_VIEWS_MAX: usize = 500;
/// Most failed runs that are dismissed at once.
pub const DISMISSED_RUNS_MAX: usize = 10_000;
/// Most jobs under way at once.
pub const JOBS_ACTIVE_MAX: usize = 20;
/// Longest task token, characters.
pub const TASK_TOKEN_CHARS_MAX: usize = 2_048;
/// Most tags on one resource.
pub const TAGS_MAX: usize = 50;
/// Most iterations of an inline Map that run at once.
pub const INLINE_MAP_CONCURRENCY_MAX: usize = 40;
/// Most branches of a graph of tasks.
pub const GRAPH_BRANCHES_MAX: usize = 10_000;
/// Most branches of a graph of tasks that run at once; others that are ready wait their turn. Each
/// running one is looked through by every turn.
pub const GRAPH_CONCURRENCY_MAX: usize = 1_000;
/// Most state transitions in one turn; the engine then yields.
pub const TURN_TRANSITIONS_MAX: usize = 1_000;
/// Most events of an execution, the last one being its end: it ends only loops that would never
/// end. AWS ends a Standard execution at 25,000.
pub const EXECUTION_EVENTS_MAX: u64 = 10_000_000;
/// Most bytes of payload in the events of one turn; the engine then yields.
pub const TURN_BYTES_MAX: usize = 1_048_576;
/// Most steps of expressions in one turn; the engine then yields, so that a loop of costly
/// expressions holds a thread no longer than two of them take.
pub const TURN_STEPS_MAX: u64 = 5_000_000;
/// Longest run of an Express execution.
pub const EXPRESS_DURATION_MAX: Duration = Duration::from_secs(300);
/// Largest value of all variables of an execution together, bytes.
pub const VARIABLES_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Longest long poll of `GetActivityTask`.
pub const ACTIVITY_POLL_MAX: Duration = Duration::from_secs(60);
/// Most long polls of `GetActivityTask` for one activity at once.
pub const ACTIVITY_POLLS_MAX: usize = 1_000;
/// Longest seconds value in a definition.
pub const SECONDS_MAX: i64 = 99_999_999;

/// Most instances of a pipeline's task with `each`.
pub const EACH_INSTANCES_MAX: usize = 1_000_000;
/// Most instances of a pipeline's task that run at once.
pub const EACH_CONCURRENCY_MAX: usize = 10_000;
/// Most events of a run of a pipeline: enough for the most instances, tried several times.
pub const RUN_EVENTS_MAX: u64 = 1_000_000_000;
/// Blocks beside the graph of a pipeline, such as hooks, that run at once; others wait.
pub const ASIDES_MAX: usize = 100;
