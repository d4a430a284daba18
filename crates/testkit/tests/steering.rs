//! Laws of steering: whatever is held, let go, skipped, marked, given up and run again, and whenever,
//! a run comes to its end, and what became of each of its tasks has a reason.

#[path = "steering/checker.rs"]
mod checker;
#[path = "steering/plan.rs"]
mod plan;
#[path = "graphs/table.rs"]
mod table;

use std::fmt::Write as _;

use compasso_engine::{NotRedrivable, Rejected, Status};
use compasso_testkit::{Crash, Ended, Script, World, compile_graph};
use compasso_types::Payload;
use proptest::prelude::*;

use checker::Checker;
use plan::{Plan, plans, scripted, written};

/// Seconds between two generations: all that was released is over by then.
const GENERATION: u32 = 10_000;

/// An order: what it is, about which task, and after how many seconds.
type Order = (u8, prop::sample::Index, u32);

fn orders() -> impl Strategy<Value = Vec<Order>> {
    prop::collection::vec((0..14_u8, any::<prop::sample::Index>(), 0..40_u32), 0..10)
}

fn word(order: u8, task: &str) -> String {
    match order {
        0 | 1 => format!("hold {task}"),
        2 => format!("release {task}"),
        3 => format!("skip {task}"),
        4 => format!("mark {task} success 1"),
        5 => format!("mark {task} failed"),
        6 => format!("mark {task} skipped"),
        7 => "hold".into(),
        8 => "release".into(),
        9 => format!("hold {task}.u0"),
        10 => format!("mark {task}[0].u0 success 1"),
        11 => format!("mark {task}[0] success 1"),
        12 => format!("release {task}.u0"),
        _ => "cancel".into(),
    }
}

fn rerun(kind: u8, task: &str) -> String {
    match kind {
        0 => "failed".into(),
        1 => "all".into(),
        2 => format!("only {task}"),
        3 => format!("from {task}"),
        4 => format!("only {task}[0].u0"),
        _ => format!("from {task}[0].u0"),
    }
}

/// Writes the orders of a generation; all is let go in the end.
fn ordered(plans: &[Plan], generation: u32, orders: &[Order]) -> String {
    let mut script = String::new();
    for (order, task, second) in orders {
        let task = format!("t{}", task.index(plans.len()));
        let at = generation * GENERATION + second;
        writeln!(script, "at {at}s {}", word(*order, &task)).expect("a text grows");
    }
    let end = generation * GENERATION + GENERATION / 2;
    writeln!(script, "at {end}s release").expect("a text grows");
    script
}

fn run(graph: &str, script: &str, crash: Option<Crash>) -> Ended {
    let definition = compile_graph(graph).expect("the graph is well formed");
    let script = Script::parse(script).expect("the script is well formed");
    World::new(definition, Payload::default(), script, crash).run()
}

/// The run ended before each generation, and at last.
fn check_ends(ended: &Ended) -> Result<(), TestCaseError> {
    prop_assert!(matches!(ended.status, Status::Closed(_)), "it is stuck: {:?}", ended.refused);
    for (_, _, why) in &ended.refused {
        prop_assert_ne!(*why, Rejected::NotRedrivable(NotRedrivable::Running));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_run_that_is_steered_anyhow_ends_and_each_task_for_a_reason(
        plans in plans(),
        is_held in any::<bool>(),
        generations in prop::collection::vec(
            (orders(), 0..6_u8, any::<prop::sample::Index>()), 1..4),
        after_turns in 1..30_usize,
    ) {
        let graph = written(&plans);
        let mut script = scripted(&plans);
        if is_held {
            script += "start held\n";
        }
        for (generation, (orders, kind, task)) in (0..).zip(&generations) {
            if generation > 0 {
                let task = format!("t{}", task.index(plans.len()));
                let at = generation * GENERATION;
                writeln!(script, "at {at}s rerun {}", rerun(*kind, &task)).expect("a text grows");
            }
            script += &ordered(&plans, generation, orders);
        }
        let ended = run(&graph, &script, None);
        check_ends(&ended)?;
        let mut checker = Checker::new(&plans, is_held);
        for event in &ended.events {
            let told = checker.check(event);
            prop_assert!(told.is_ok(), "{}: {}\n{}", event.id, told.unwrap_err(), graph);
        }
        let open = checker.open();
        prop_assert!(open.is_empty(), "{:?} did not end\n{}", open, graph);
        let crashed = run(&graph, &script, Some(Crash { after_turns }));
        prop_assert_eq!(&ended.events, &crashed.events, "after turn {}", after_turns);
    }
}
