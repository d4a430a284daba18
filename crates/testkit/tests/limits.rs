//! Results and signals over the limits: too long for the pages of `conformance/`.

use compasso_asl::compile;
use compasso_ir::ExecutionType;
use compasso_testkit::{Ended, Script, World, show_event, show_outcome};
use compasso_types::{Payload, limits};

const TOO_LARGE: &str = "returned a result with a size exceeding the maximum number of bytes \
                         service limit.";

/// Runs a task that answers with a text of `bytes` bytes, quotes included, and has `catch`.
fn run(resource: &str, bytes: usize, catch: &str) -> Ended {
    let definition = format!(
        r#"{{"StartAt":"T","States":{{"T":{{"Type":"Task","Resource":"{resource}",
          "Parameters":{{"FunctionName":"f"}},"ResultSelector":{{"small":1}},
          "Catch":[{{"ErrorEquals":["{catch}"],"ResultPath":null,"Next":"Caught"}}],"End":true}},
          "Caught":{{"Type":"Pass","Result":"caught","End":true}}}}}}"#
    );
    let compiled =
        compile(&definition, ExecutionType::Standard).definition.expect("the definition is valid");
    let script = Script::parse(&format!("T: ok \"{}\"", "x".repeat(bytes - 2)))
        .expect("the script is well formed");
    World::new(compiled, Payload::default(), script, None).run()
}

fn shown(ended: &Ended) -> Vec<String> {
    ended.shown().map(show_event).collect()
}

const SERVICE: &str = "arn:aws:states:::lambda:invoke";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

#[test]
fn a_result_of_exactly_the_limit_is_taken() {
    let ended = run(SERVICE, limits::PAYLOAD_BYTES_MAX, "E");
    assert_eq!(show_outcome(&ended).trim_end(), r#"SUCCEEDED {"small":1}"#);
}

#[test]
fn a_result_over_the_limit_is_a_failure_of_the_task() {
    for (resource, family) in [(SERVICE, "Task"), (FUNCTION, "LambdaFunction")] {
        let ended = run(resource, limits::PAYLOAD_BYTES_MAX + 1, "E");
        let events = shown(&ended);
        let error = format!("States.DataLimitExceeded: The state/task '{resource}' {TOO_LARGE}");
        assert_eq!(events[4], format!("5 {family}Failed<4 {error}"));
        assert_eq!(events[5], format!("6 ExecutionFailed<5 {error}"));
        assert_eq!(events.len(), 6);
    }
}

#[test]
fn an_oversize_result_is_caught_by_name_and_by_all_but_not_as_a_task_failure() {
    for (catch, caught) in [
        ("States.DataLimitExceeded", true),
        ("States.ALL", true),
        ("States.TaskFailed", false),
        ("States.Timeout", false),
    ] {
        let ended = run(SERVICE, limits::PAYLOAD_BYTES_MAX + 1, catch);
        let outcome = show_outcome(&ended);
        assert_eq!(outcome.trim_end() == r#"SUCCEEDED "caught""#, caught, "{catch}: {outcome}");
    }
}

/// Sends `count` signals with a payload of `bytes` bytes to an execution that takes none of them,
/// and returns how many were refused.
fn refused_signals(count: usize, bytes: usize) -> usize {
    let definition = r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":9,"End":true}}}"#;
    let compiled =
        compile(definition, ExecutionType::Standard).definition.expect("the definition is valid");
    let line = format!("at 1s signal go \"{}\"\n", "x".repeat(bytes - 2));
    let script = Script::parse(&line.repeat(count)).expect("the script is well formed");
    World::new(compiled, Payload::default(), script, None).run().refused.len()
}

#[test]
fn signals_are_kept_up_to_a_number_and_to_a_size() {
    assert_eq!(refused_signals(limits::SIGNALS_KEPT_MAX, 2), 0);
    assert_eq!(refused_signals(limits::SIGNALS_KEPT_MAX + 3, 2), 3);
    let third = limits::SIGNALS_KEPT_BYTES_MAX / 3;
    assert_eq!(refused_signals(3, third - "go".len()), 0);
    assert_eq!(refused_signals(4, third), 2);
}

#[test]
fn one_signal_is_kept_whatever_its_size() {
    assert_eq!(refused_signals(1, 2 * limits::SIGNALS_KEPT_BYTES_MAX), 0);
}
