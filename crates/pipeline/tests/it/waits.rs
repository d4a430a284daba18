//! Waits of pipelines, in a simulated world.

use expect_test::expect;

use crate::check::{parsed, pipeline_of, said};
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
fn objects_and_ends_of_runs_are_looked_for_again_also_where_nobody_answers() {
    for wait in [
        "{object: 's3://in/*.csv', every: 10s, timeout: 1h}",
        "{pipeline: {name: load, interval: -4h}, every: 10s, timeout: 1h}",
    ] {
        let ended = waits(
            wait,
            "{}",
            "w: ok {\"found\":false}\nw: fail Connection refused\nw: ok {\"found\":true,\"value\":[1]}",
        );
        let expected = r#"SUCCEEDED {"at":30,"w":[1],"state":"success"}"#;
        assert!(ended.contains(expected), "{wait}: {ended}");
    }
    let refused = waits("{object: 's3://in/x', timeout: 1h}", "{}", "w: fail Rejected no");
    assert!(refused.contains("w Failed\nFAILED Rejected: no"), "{refused}");
}

#[test]
fn a_script_says_yes_not_yet_or_never_by_its_exit_code() {
    let run = |script: &str| waits("{run: ./is-there.sh, every: 10s, timeout: 1h}", "{}", script);
    let ended = run(
        "w: fail Exit.1 no\nw: fail Exit.75 no\nw: fail Timeout no\nw: ok {\"output\":{\"n\":1}}",
    );
    expect![[r#"
        after Success, w Success
        SUCCEEDED {"at":70,"w":{"n":1},"state":"success"}

    "#]]
    .assert_eq(&ended);
    assert!(run("w: fail Exit.78 no").contains("w Failed\nFAILED Exit.78: "));
    assert!(run("w: fail Skipped nothing").contains("w Skipped"));
    assert!(run("w: fail NotStarted no").contains("w Failed\nFAILED NotStarted: no"));
}

#[test]
fn what_tells_of_itself_ends_the_wait_or_its_time_does() {
    for wait in ["asset: 's3://table'", "event: {source: shop, match: {data: {id: [7]}}}"] {
        let told = format!("{{{wait}, timeout: 1h}}");
        let ended = waits(&told, "{}", "w: submitted null\nw: ok {\"n\":1}");
        let expected = r#"SUCCEEDED {"at":0,"w":{"n":1},"state":"success"}"#;
        assert!(ended.contains(expected), "{wait}: {ended}");
        let silent = format!("{{{wait}, timeout: 100s, on_timeout: skip}}");
        let ended = waits(&silent, "{}", "w: submitted null\nw: silence");
        let expected = r#"SUCCEEDED {"at":100,"w":null,"state":"skipped"}"#;
        assert!(ended.contains(expected), "{wait}: {ended}");
    }
}

#[test]
fn what_looks_like_a_time_and_is_none_is_no_subtraction() {
    let texts = ["2027-1-5", "2027-12-45", "2026-02-30", "2027-01-31 06:00", "06:00", "31/01/2027"];
    for text in texts {
        let found = said(&parsed(&pipeline_of(&format!("  w: {{wait: {{until: '{text}'}}}}"))));
        assert!(found.contains("E017: this is no time at /tasks/w/wait/until"), "{text}: {found}");
    }
    for text in ["1767225600000 + 5000", "params.n - 1 = 0", "1 = 1 - 0"] {
        let text = pipeline_of(&format!("  w: {{wait: {{until: {text}, timeout: 1h}}}}"));
        assert_eq!(said(&parsed(&text.replace("tasks:\n", "params: {n: 1}\ntasks:\n"))), "");
    }
}

#[test]
fn what_makes_no_sense_in_a_wait_is_named() {
    let said_of = |wait: &str| {
        let text = pipeline_of(&format!("  w: {{wait: {{{wait}, timeout: 1h}}}}"));
        let found = said(&parsed(&text));
        if found.is_empty() { refused(&text) } else { found }
    };
    expect![[r#"
        3:21 E017: any event would do at /tasks/w/wait/event (write 'source', 'type' or 'pattern')
        3:24 E018: 'name' is missing at /tasks/w/wait/pipeline
        3:47 E017: this says no interval at /tasks/w/wait/pipeline/interval (write 'same', or '-4h' for the interval four hours earlier)
        3:13 E017: 'every' is for waits that look again and again; this one is told at once at /tasks/w/wait (leave it out)
    "#]]
    .assert_eq(&[
        said_of("event: {}"),
        said_of("pipeline: {state: success}"),
        said_of("pipeline: {name: load, interval: daily}"),
        said_of("asset: a, every: 10s"),
    ].concat());
}

#[test]
fn an_approval_goes_on_is_rejected_or_is_what_silence_means() {
    let approved = r#"ask: ok {"decision":"approved","by":["ana"],"form":{}}"#;
    let rejected = r#"ask: ok {"decision":"rejected","by":["ana"],"form":{}}"#;
    let with_reason =
        r#"ask: ok {"decision":"rejected","by":["ana"],"comment":"not today","form":{}}"#;
    for (fields, answer, expected) in [
        ("", approved, "after Success, ask Success\nSUCCEEDED {\"by\":[\"ana\"]"),
        ("", rejected, "after UpstreamFailed, ask Failed\nFAILED Rejected: ana rejected it"),
        (
            "",
            with_reason,
            "after UpstreamFailed, ask Failed\nFAILED Rejected: ana rejected it: not today",
        ),
        (", on_reject: skip", rejected, "after Skipped, ask Skipped\nSUCCEEDED"),
        (
            "",
            "ask: silence",
            "after UpstreamFailed, ask Failed\nFAILED Rejected: Nobody decided in time",
        ),
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

#[test]
fn a_task_in_a_group_waits_for_the_same_task_of_the_run_before() {
    let text = pipeline_of(
        "  g:\n    tasks:\n      x: {noop: true, depends_on_past: true}\n  after: {needs: g, noop: true}",
    );
    let script = "g.x (past look): ok {\"found\":false}\ng.x (past look): ok {\"found\":true}";
    assert_eq!(run(&text, "{}", script), "after Success, g Success, x Success\nSUCCEEDED {}\n\n");
}

#[test]
fn a_teardown_of_two_tasks_runs_once_after_what_comes_after_both() {
    let text = pipeline_of(
        "  a: {setup: true, noop: true}
  b: {setup: true, uses: fail, with: {error: Broken, cause: none}}
  work: {needs: [a, b], noop: true}
  down: {teardown: [a, b], noop: true}",
    );
    let ended = run(&text, "{}", "b: fail Broken");
    assert!(ended.starts_with("a Success, b Failed, down Success, work UpstreamFailed"), "{ended}");
}
