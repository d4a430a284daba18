//! Laws of the engine, over random definitions, scripts and crashes.
//!
//! Replay equals live, and an image survives storing: the world checks both after every turn. Here:
//! the same seed gives the same bytes, and a crash after any turn ends the same.

use std::fmt::Write as _;

use compasso_ir::ExecutionType;
use compasso_testkit::{Crash, Ended, Script, World, show_history, show_outcome};
use compasso_types::Payload;
use proptest::prelude::*;

/// A state of a random definition, before it has a name.
#[derive(Clone, Debug)]
enum Plan {
    Pass,
    Wait(u8),
    Task { retry: bool, catch: bool, timeout: bool },
    Callback,
    Signal { timeout: bool },
    Activity,
    Choice,
    Parallel(Vec<Vec<Plan>>),
    Map { concurrency: u8, body: Vec<Plan>, retry: bool },
    Fail,
}

fn plan() -> impl Strategy<Value = Vec<Plan>> {
    let leaf = prop_oneof![
        4 => Just(Plan::Pass),
        2 => (0..4_u8).prop_map(Plan::Wait),
        4 => any::<(bool, bool, bool)>()
            .prop_map(|(retry, catch, timeout)| Plan::Task { retry, catch, timeout }),
        1 => Just(Plan::Callback),
        1 => any::<bool>().prop_map(|timeout| Plan::Signal { timeout }),
        1 => Just(Plan::Activity),
        1 => Just(Plan::Choice),
        1 => Just(Plan::Fail),
    ];
    let state = leaf.prop_recursive(3, 24, 3, |inner| {
        let block = prop::collection::vec(inner, 1..4);
        prop_oneof![
            prop::collection::vec(block.clone(), 1..4).prop_map(Plan::Parallel),
            (0..4_u8, block, any::<bool>()).prop_map(|(concurrency, body, retry)| Plan::Map {
                concurrency,
                body,
                retry
            }),
        ]
    });
    prop::collection::vec(state, 1..5)
}

/// What each task attempt does; used up in order by whichever task asks.
fn results() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0..6_u8, 0..24)
}

struct Writer {
    count: usize,
    tasks: Vec<(String, bool)>,
}

impl Writer {
    fn block(&mut self, plans: &[Plan]) -> String {
        let names: Vec<String> = plans
            .iter()
            .map(|_| {
                self.count += 1;
                format!("S{}", self.count)
            })
            .collect();
        let mut text = format!(r#"{{"StartAt":"{}","States":{{"#, names[0]);
        for (index, plan) in plans.iter().enumerate() {
            let next = names.get(index + 1).map(String::as_str);
            let state = self.state(plan, &names[index], next);
            let comma = if index > 0 { "," } else { "" };
            let _ = write!(text, r#"{comma}"{}":{state}"#, names[index]);
        }
        text + "}}"
    }

    fn state(&mut self, plan: &Plan, name: &str, next: Option<&str>) -> String {
        let end = next.map_or(r#""End":true"#.to_owned(), |next| format!(r#""Next":"{next}""#));
        let to = next.unwrap_or(name);
        match plan {
            Plan::Pass => format!(r#"{{"Type":"Pass",{end}}}"#),
            Plan::Wait(seconds) => format!(r#"{{"Type":"Wait","Seconds":{seconds},{end}}}"#),
            Plan::Task { retry, catch, timeout } => {
                self.tasks.push((name.to_owned(), false));
                let mut more = String::new();
                if *retry {
                    more += r#","Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":2,"JitterStrategy":"FULL"}]"#;
                }
                if *catch && next.is_some() {
                    let _ = write!(
                        more,
                        r#","Catch":[{{"ErrorEquals":["States.ALL"],"Next":"{to}"}}]"#
                    );
                }
                if *timeout {
                    more += r#","TimeoutSeconds":3"#;
                }
                task("arn:aws:states:::lambda:invoke", "", &end, &more)
            }
            Plan::Callback => {
                self.tasks.push((name.to_owned(), true));
                let token = r#","Payload":{"token.$":"$$.Task.Token"}"#;
                let resource = "arn:aws:states:::lambda:invoke.waitForTaskToken";
                task(resource, token, &end, r#","HeartbeatSeconds":5"#)
            }
            Plan::Signal { timeout } => {
                let limit = if *timeout { r#","TimeoutSeconds":3"# } else { "" };
                format!(
                    r#"{{"Type":"Task","Resource":"arn:aws:states:::compasso:signal","Parameters":{{"Name":"go"}},{end}{limit}}}"#
                )
            }
            Plan::Activity => {
                self.tasks.push((name.to_owned(), false));
                let resource = "arn:aws:states:us-east-1:123456789012:activity:a";
                task(resource, "", &end, r#","TimeoutSeconds":9"#)
            }
            Plan::Choice => match next {
                Some(next) => format!(
                    r#"{{"Type":"Choice","Choices":[{{"Variable":"$","IsNull":true,"Next":"{next}"}}],"Default":"{next}"}}"#
                ),
                None => r#"{"Type":"Succeed"}"#.to_owned(),
            },
            Plan::Fail => match next {
                Some(_) => format!(r#"{{"Type":"Pass","Result":[1,2,3],{end}}}"#),
                None => r#"{"Type":"Fail","Error":"Broken","Cause":"on purpose"}"#.to_owned(),
            },
            Plan::Parallel(branches) => {
                let branches: Vec<_> = branches.iter().map(|branch| self.block(branch)).collect();
                format!(r#"{{"Type":"Parallel","Branches":[{}],{end}}}"#, branches.join(","))
            }
            Plan::Map { concurrency, body, retry } => {
                let body = self.block(body);
                let retry = if *retry {
                    r#","Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1}]"#
                } else {
                    ""
                };
                format!(
                    r#"{{"Type":"Map","MaxConcurrency":{concurrency},"ItemsPath":"$$.Execution.Input.items","ItemProcessor":{body}{retry},{end}}}"#
                )
            }
        }
    }
}

fn task(resource: &str, payload: &str, end: &str, more: &str) -> String {
    format!(
        r#"{{"Type":"Task","Resource":"{resource}","Parameters":{{"FunctionName":"f"{payload}}},{end}{more}}}"#
    )
}

fn script(tasks: &[(String, bool)], results: &[u8]) -> String {
    let mut lines = String::new();
    let mut results = results.iter().cycle();
    for (name, submits) in tasks {
        for _ in 0..3 {
            if *submits {
                let _ = writeln!(lines, "{name}: submitted {{}}");
            }
            let line = match results.next() {
                Some(0 | 1) => r#"ok {"done":true}"#,
                Some(2) => "after 1s ok [1,2]",
                Some(3) => "fail Boom it broke",
                Some(4) => "silence",
                _ => "after 2s fail",
            };
            let _ = writeln!(lines, "{name}: {line}");
        }
    }
    // Some come before anybody waits, some twice.
    for (at, id) in [(0, 1), (2, 2), (2, 1), (5, 3), (50, 2), (120, 4)] {
        let _ = writeln!(lines, "at {at}s signal go#{id} {id}");
    }
    // Whatever failed goes on twice, sooner and later.
    lines.push_str("at 4s redrive\nat 100s redrive\n");
    lines
}

fn run(definition: &str, script: &str, crash: Option<Crash>) -> Ended {
    let analysis = compasso_asl::compile(definition, ExecutionType::Standard);
    let Some(compiled) = analysis.definition else {
        panic!("{definition}\n{:?}", analysis.diagnostics);
    };
    let input = Payload::parse(r#"{"items":[1,2,3]}"#).expect("the input is JSON");
    let script = Script::parse(script).expect("the script is well formed");
    World::new(compiled, input, script, crash).run()
}

fn shown(ended: &Ended) -> String {
    show_history(ended) + &show_outcome(ended)
}

/// Leaves out reports that were refused: those of a process that died do not come at all.
fn accepted(ended: &Ended) -> String {
    shown(&Ended { refused: Vec::new(), ..ended.clone() })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn a_crash_changes_nothing_and_a_seed_decides_everything(plan in plan(), results in results()) {
        let mut writer = Writer { count: 0, tasks: Vec::new() };
        let definition = writer.block(&plan);
        let script = script(&writer.tasks, &results);
        let calm = run(&definition, &script, None);
        prop_assert_eq!(shown(&calm), shown(&run(&definition, &script, None)));
        for after_turns in 1..calm.turns.min(8) {
            let crashed = run(&definition, &script, Some(Crash { after_turns }));
            prop_assert_eq!(
                accepted(&calm), accepted(&crashed),
                "after turn {}\n{}\n{}", after_turns, &definition, &script
            );
        }
        check_numbers(&calm)?;
    }
}

/// Numbers have no gaps, what an event follows from came before it, and time does not go back.
fn check_numbers(ended: &Ended) -> Result<(), TestCaseError> {
    let mut last = None;
    for (number, event) in (1..).zip(ended.shown()) {
        prop_assert_eq!(event.id, number);
        prop_assert!(event.previous < event.id);
        prop_assert!(last.is_none_or(|at| at <= event.at));
        last = Some(event.at);
    }
    Ok(())
}
