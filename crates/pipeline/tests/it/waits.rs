//! Waits of pipelines, in a simulated world.

use expect_test::expect;

use crate::check::pipeline_of;
use crate::compiled::{refused, run};

/// The variable that says how many seconds passed since the run began.
const SINCE: &str = "$round(($millis() - 1767225600000) / 1000)";

fn waits(wait: &str, params: &str, script: &str) -> String {
    let text = pipeline_of(&format!(
        "  w:\n    wait: {wait}\n  after: {{needs: w, when: all_done, noop: true, outputs: \
         {{at: '${{{{ {SINCE} }}}}', w: '${{{{ $exists(needs.w.output) ? needs.w.output : null }}}}', state: '${{{{ \
         needs.w.state }}}}'}}}}\noutputs: '${{{{ needs.after.output }}}}'"
    ));
    let text = text.replace("pipeline: p\n", "pipeline: p\nparams: {pause: 1m, n: 90}\n");
    run(&text, params, script)
}

#[test]
fn durations_and_times_are_waited_for_computed_or_not() {
    for (wait, at) in [
        ("2750ms", 3),
        ("1h30m", 5_400),
        ("{for: 90}", 90),
        ("${{ params.pause }}", 90),
        ("${{ params.n * 2 }}", 180),
        ("{until: 2026-01-01T00:10:00Z}", 600),
        ("{until: 2026-01-02}", 86_400),
        ("{until: '$fromMillis(1767225600000 + 5000)', timeout: 1h}", 5),
        ("{until: $millis() >= 1767225600000 + 70000, timeout: 1h}", 90),
    ] {
        let ended = waits(wait, r#"{"pause":"1m30s","n":90}"#, "");
        let expected = format!("SUCCEEDED {{\"at\":{at},\"w\":null,\"state\":\"success\"}}");
        assert!(ended.contains(&expected), "{wait}: {ended}");
    }
}

#[test]
fn a_signal_hands_its_payload_on() {
    let ended = waits("{signal: go, timeout: 1h}", "{}", "at 70s signal go {\"n\":1}");
    expect![[r#"
        after Success, w Success
        SUCCEEDED {"at":70,"w":{"n":1},"state":"success"}

    "#]]
    .assert_eq(&ended);
}

#[test]
fn what_is_waited_for_is_looked_for_at_longer_and_longer_pauses() {
    let ended = waits(
        "{file: /in/*.csv, every: 10s, timeout: 1h}",
        "{}",
        "w: ok {\"found\":false}\nw: ok {\"found\":false}\nw: ok \
         {\"found\":true,\"value\":[\"/in/a.csv\"]}",
    );
    expect![[r#"
        after Success, w Success
        SUCCEEDED {"at":30,"w":["/in/a.csv"],"state":"success"}

    "#]]
    .assert_eq(&ended);
}

#[test]
fn an_answer_that_is_an_error_or_unexpected_means_not_yet() {
    let ended = waits(
        "{http: {url: 'http://x/health', expect: status = 200}, timeout: 1h}",
        "{}",
        "w: fail Connection refused\nw: fail Http503 no\nw: fail Expectation no\nw: ok \
         {\"status\":200}",
    );
    expect![[r#"
        after Success, w Success
        SUCCEEDED {"at":210,"w":{"status":200},"state":"success"}

    "#]]
    .assert_eq(&ended);
    let ended = waits("{http: {url: 'http://x'}, timeout: 1h}", "{}", "w: fail Rejected no");
    assert!(ended.contains("w Failed\nFAILED Rejected: no"), "{ended}");
}

#[test]
fn a_wait_that_takes_too_long_fails_is_skipped_or_succeeds() {
    for (on_timeout, states, end) in [
        ("fail", "after Success, w Failed", "FAILED "),
        ("skip", "after Success, w Skipped", r#"{"at":100,"w":null,"state":"skipped"}"#),
        ("success", "after Success, w Success", r#"{"at":100,"w":null,"state":"success"}"#),
    ] {
        for wait in ["until: 'false'", "signal: go"] {
            let wait = format!("{{{wait}, timeout: 100s, on_timeout: {on_timeout}}}");
            let ended = waits(&wait, "{}", "");
            assert!(ended.starts_with(states) && ended.contains(end), "{wait}: {ended}");
        }
    }
}

#[test]
fn what_cannot_be_waited_for_is_named() {
    let text = pipeline_of("  w: {wait: {event: {source: shop}, timeout: 1h}}");
    expect![[r#"
        3:13 E021: a wait for an event is not supported yet
    "#]]
    .assert_eq(&refused(&text));
}

#[test]
fn an_approval_goes_on_is_rejected_or_is_what_silence_means() {
    let approved = r#"ask: ok {"decision":"approved","by":["ana"],"form":{}}"#;
    let rejected = r#"ask: ok {"decision":"rejected","by":["ana"],"form":{}}"#;
    for (fields, answer, expected) in [
        ("", approved, "after Success, ask Success\nSUCCEEDED {\"by\":[\"ana\"]"),
        ("", rejected, "after UpstreamFailed, ask Failed\nFAILED Rejected: It was rejected."),
        (", on_reject: skip", rejected, "after Skipped, ask Skipped\nSUCCEEDED"),
        ("", "ask: silence", "after UpstreamFailed, ask Failed\nFAILED Rejected"),
        (
            ", on_timeout: approve",
            "ask: silence",
            "after Success, ask Success\nSUCCEEDED {\"by\":[]",
        ),
        (", on_timeout: fail", "ask: silence", "after UpstreamFailed, ask Failed\nFAILED"),
    ] {
        let text = pipeline_of(&format!(
            "  ask: {{approve: {{by: ['user:ana'], message: 'go?', timeout: 60s{fields}}}}}\n  \
             after: {{needs: ask, noop: true, outputs: {{by: '${{{{ $exists(needs.ask.output) ? \
             needs.ask.output.by : null }}}}'}}}}\noutputs: '${{{{ $exists(needs.after.output) ? \
             needs.after.output : null }}}}'"
        ));
        let ended = run(&text, "{}", &format!("ask: submitted null\n{answer}"));
        assert!(ended.starts_with(expected), "{fields} {answer}: {ended}");
    }
}
