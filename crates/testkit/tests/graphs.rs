//! Laws of graphs: what rules answer, whatever the order in which needs end, and what it costs.

#[path = "graphs/table.rs"]
mod table;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use compasso_engine::{
    BranchState, Effect, Event, EventKind, Execution, Input, Moment, Offer, Status, decide,
};
use compasso_ir::TriggerRule;
use compasso_testkit::{Crash, Ended, Script, World, compile_graph, start};
use compasso_types::{Payload, Timestamp, limits};
use proptest::prelude::*;

use BranchState::{Failed, Skipped, Success, UpstreamFailed};
use table::table;

/// How a need can end.
const ENDS: [BranchState; 4] = [Success, Failed, Skipped, UpstreamFailed];
/// Every order of three needs.
const ORDERS: [[usize; 3]; 6] = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]];

fn run(graph: &str, script: &str) -> Ended {
    let definition = compile_graph(graph).expect("the graph is well formed");
    let script = Script::parse(script).expect("the script is well formed");
    World::new(definition, Payload::default(), script, None).run()
}

/// Returns how each branch ended, and how many seconds after the start.
fn ends(ended: &Ended) -> BTreeMap<&str, (BranchState, u64)> {
    ends_of(&ended.events)
}

fn ends_of(events: &[Event]) -> BTreeMap<&str, (BranchState, u64)> {
    let Some(began) = events.first().map(|event| event.at) else { return BTreeMap::new() };
    let ends = events.iter().filter_map(|event| match &event.kind {
        EventKind::BranchSkipped { branch, state, .. }
        | EventKind::BranchExited { branch, state, .. } => {
            Some((&**branch, (*state, event.at.since(began).as_secs())))
        }
        _ => None,
    });
    ends.collect()
}

/// Writes a branch that ends in `end` once its gate has, `seconds` after the start.
fn gated(id: &str, end: BranchState, seconds: usize, graph: &mut String, script: &mut String) {
    let guard = if end == Skipped { "; if false" } else { "" };
    writeln!(graph, "gate_{id}:\n{id}: needs gate_{id}{guard}").expect("a text grows");
    let gate = if end == UpstreamFailed { "fail Closed" } else { "ok 1" };
    let work = if end == Failed { "fail Broken" } else { "ok 1" };
    writeln!(script, "gate_{id}: after {seconds}s {gate}\n{id}: {work}").expect("a text grows");
}

#[test]
fn every_rule_answers_as_its_table_says_in_every_order_of_three_needs() {
    for number in 0..ENDS.len().pow(3) {
        let outcomes = [number % 4, number / 4 % 4, number / 16].map(|end| ENDS[end]);
        for order in ORDERS {
            let (mut graph, mut script) = (String::new(), String::new());
            for ((id, end), at) in ["a", "b", "c"].into_iter().zip(outcomes).zip(order) {
                gated(id, end, at, &mut graph, &mut script);
            }
            for (name, _) in TriggerRule::NAMES {
                writeln!(graph, "{name}: needs a b c; when {name}; pass").expect("a text grows");
            }
            let ended = run(&graph, &script);
            let ends = ends(&ended);
            for (name, rule) in TriggerRule::NAMES {
                let seen_at = |second: usize| {
                    let seen = |(end, at)| (at <= second).then_some(end);
                    let needs = outcomes.into_iter().zip(order).map(seen);
                    table(rule, &needs.collect::<Vec<_>>())
                };
                let expected = (0..=3).find_map(|second| Some((seen_at(second)?, second as u64)));
                let about = format!("{name} of {outcomes:?} in order {order:?}");
                assert_eq!(ends.get(name).copied(), expected, "{about}");
                let last = table(rule, &outcomes.map(Some));
                assert_eq!(expected.map(|(state, _)| state), last, "{about}");
            }
        }
    }
}

/// A branch of a random graph.
#[derive(Clone, Debug)]
struct Plan {
    needs: Vec<prop::sample::Index>,
    rule: usize,
    is_guarded: bool,
    fails: bool,
    is_tolerated: bool,
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let needs = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    let fields = (needs, 0..12_usize, 0..5_u8, any::<bool>(), any::<bool>());
    let plan = fields.prop_map(|(needs, rule, guarded, fails, is_tolerated)| Plan {
        needs,
        rule,
        is_guarded: guarded == 0,
        fails,
        is_tolerated,
    });
    prop::collection::vec(plan, 1..14)
}

/// Writes a graph in which each branch may only need ones before it, so that there is no cycle.
fn written(plans: &[Plan]) -> String {
    let mut graph = String::new();
    for (place, plan) in plans.iter().enumerate() {
        write!(graph, "t{place}: when {}", TriggerRule::NAMES[plan.rule].0).expect("a text grows");
        if place > 0 && !plan.needs.is_empty() {
            let needs = plan.needs.iter().map(|need| format!("t{}", need.index(place)));
            write!(graph, "; needs {}", needs.collect::<Vec<_>>().join(" ")).expect("a text grows");
        }
        graph += if plan.is_guarded { "; if false" } else { "" };
        graph += if plan.is_tolerated { "; allow_failure true" } else { "" };
        graph += "\n";
    }
    graph
}

fn scripted(plans: &[Plan], delays: &[u8]) -> String {
    let lines = plans.iter().zip(delays).enumerate().map(|(place, (plan, delay))| {
        let end = if plan.fails { "fail Broken" } else { "ok 1" };
        format!("t{place}: after {delay}s {end}\n")
    });
    lines.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_ends_changes_no_state(
        plans in plans(),
        first in prop::collection::vec(0..20_u8, 14),
        second in prop::collection::vec(0..20_u8, 14),
    ) {
        let graph = written(&plans);
        let states = |delays: &[u8]| {
            let ended = run(&graph, &scripted(&plans, delays));
            check_entries(&ended.events)?;
            let ends = ends(&ended).into_iter().map(|(id, (state, _))| (id.to_owned(), state));
            Ok::<_, TestCaseError>((ends.collect::<BTreeMap<_, _>>(), ended.status))
        };
        let (states_first, status_first) = states(&first)?;
        let (states_second, status_second) = states(&second)?;
        prop_assert_eq!(states_first.len(), plans.len());
        prop_assert_eq!(states_first, states_second, "{}", &graph);
        let succeeded = |status: &Status| format!("{status:?}").starts_with("Closed(Succeeded");
        prop_assert_eq!(succeeded(&status_first), succeeded(&status_second));
    }

    #[test]
    fn a_run_with_any_holds_ends_as_without_them(
        plans in plans(),
        delays in prop::collection::vec(0..20_u8, 14),
        holds in prop::collection::vec((0..14_usize, 0..30_u8, 0..30_u8), 0..8),
        after_turns in 1..20_usize,
    ) {
        let graph = written(&plans);
        let script = scripted(&plans, &delays);
        let mut held = script.clone();
        for (place, from, pause) in holds {
            let task = place % plans.len();
            let until = u32::from(from) + u32::from(pause);
            writeln!(held, "at {from}s hold t{task}\nat {until}s release t{task}").expect("a text grows");
        }
        // Whoever holds a task twice may release it for good only at the end.
        for task in 0..plans.len() {
            writeln!(held, "at 100s release t{task}").expect("a text grows");
        }
        let (free, steered) = (run(&graph, &script), run(&graph, &held));
        check_entries(&steered.events)?;
        let states = |ended: &Ended| -> BTreeMap<String, BranchState> {
            ends(ended).into_iter().map(|(id, (state, _))| (id.to_owned(), state)).collect()
        };
        prop_assert_eq!(states(&free), states(&steered), "{}", &graph);
        let succeeded = |ended: &Ended| format!("{:?}", ended.status).starts_with("Closed(Succeeded");
        prop_assert_eq!(succeeded(&free), succeeded(&steered));
        let script = Script::parse(&held).expect("the script is well formed");
        let definition = compile_graph(&graph).expect("the graph is well formed");
        let crashed = World::new(definition, Payload::default(), script, Some(Crash { after_turns }));
        prop_assert_eq!(&steered.events, &crashed.run().events, "after turn {}", after_turns);
    }

    #[test]
    fn a_rerun_enters_what_it_cleared_once_at_most_and_the_order_of_ends_changes_nothing(
        plans in plans(),
        first in prop::collection::vec(0..20_u8, 14),
        second in prop::collection::vec(0..20_u8, 14),
        chosen in any::<prop::sample::Index>(),
        kind in 0..5_u8,
    ) {
        let graph = written(&plans);
        let task = chosen.index(plans.len());
        let (stop, rerun) = match kind {
            0 => ("", "failed".to_owned()),
            1 => ("", "all".to_owned()),
            2 => ("", format!("only t{task}")),
            3 => ("", format!("from t{task}")),
            _ => ("at 300s rerun all\n", format!("from t{task}")),
        };
        let went = |delays: &[u8]| {
            // What failed fails once.
            let well: Vec<_> = plans.iter().map(|plan| Plan { fails: false, ..plan.clone() }).collect();
            let script = scripted(&plans, delays) + &scripted(&well, delays) + &scripted(&well, delays);
            let ended = run(&graph, &format!("{script}at 200s rerun {rerun}\n{stop}"));
            let (events, cleared) = last_generation(&ended.events);
            check_entries(events)?;
            for branch in ends_of(events).keys() {
                prop_assert!(cleared.contains(branch), "{} was not cleared: {:?}", branch, cleared);
            }
            let ends = ends(&ended).into_iter().map(|(id, (state, _))| (id.to_owned(), state));
            Ok::<_, TestCaseError>((ends.collect::<BTreeMap<_, _>>(), ended.status))
        };
        let (states_first, status_first) = went(&first)?;
        let (states_second, status_second) = went(&second)?;
        prop_assert_eq!(states_first, states_second, "{} {}", &graph, rerun);
        let succeeded = |status: &Status| format!("{status:?}").starts_with("Closed(Succeeded");
        prop_assert_eq!(succeeded(&status_first), succeeded(&status_second));
    }

    #[test]
    fn a_crash_after_any_turn_leaves_the_same_branches_to_run(
        plans in plans(),
        delays in prop::collection::vec(0..20_u8, 14),
    ) {
        let graph = written(&plans);
        // Given up half-way, and what did not end well runs again.
        let script = scripted(&plans, &delays) + &scripted(&plans, &delays);
        let script = script + &scripted(&plans, &delays);
        let script = script + "at 15s cancel\nat 200s redrive\nat 300s rerun from t0\n";
        let calm = run(&graph, &script);
        for after_turns in 1..=calm.turns.min(10) {
            let script = Script::parse(&script).expect("the script is well formed");
            let definition = compile_graph(&graph).expect("the graph is well formed");
            let crash = Some(Crash { after_turns });
            let crashed = World::new(definition, Payload::default(), script, crash).run();
            prop_assert_eq!(&calm.events, &crashed.events, "after turn {}", after_turns);
        }
    }
}

/// Returns the events of the last generation, and the branches that it cleared.
fn last_generation(events: &[Event]) -> (&[Event], Vec<&str>) {
    let redriven = |event: &Event| matches!(event.kind, EventKind::ExecutionRedriven { .. });
    let Some(at) = events.iter().rposition(redriven) else { return (&[], Vec::new()) };
    let EventKind::ExecutionRedriven { rerun: Some(rerun), .. } = &events[at].kind else {
        panic!("it is a rerun");
    };
    (&events[at + 1..], rerun.cleared.iter().map(|path| &**path).collect())
}

/// A branch is entered at most once, and only after its rule and its guard said so.
fn check_entries(events: &[Event]) -> Result<(), TestCaseError> {
    let mut ready = BTreeMap::new();
    for event in events {
        match &event.kind {
            EventKind::BranchReady { branch, .. } => {
                prop_assert!(ready.insert(branch.clone(), false).is_none(), "{} twice", branch);
            }
            EventKind::BranchEntered { branch, .. } => {
                prop_assert_eq!(ready.insert(branch.clone(), true), Some(false), "{}", branch);
            }
            _ => {}
        }
    }
    Ok(())
}

/// An execution whose tasks end one after the other, first offered first.
struct Line {
    execution: Execution,
    offers: VecDeque<Offer>,
}

impl Line {
    fn begin(graph: &str) -> Self {
        let definition = compile_graph(graph).expect("the graph is well formed");
        let execution = Execution::new(definition);
        let mut line = Self { execution, offers: VecDeque::new() };
        line.turn(Input::Start(Box::new(start(Payload::default()))));
        line
    }

    /// Gives an input and what follows from it at once; returns how many events that made.
    fn turn(&mut self, input: Input) -> usize {
        let moment = Moment::at(Timestamp(0));
        let decision = decide(&self.execution, input, moment).expect("the input fits");
        self.execution = decision.execution;
        let mut events = decision.events.len();
        for effect in decision.effects {
            match effect {
                Effect::OfferTask(offer) => self.offers.push_back(*offer),
                Effect::Continue => events += self.turn(Input::Continue),
                Effect::CancelTask(_) | Effect::StartMapRun(_) => {}
            }
        }
        events
    }

    fn end_next_task(&mut self) -> Option<usize> {
        let offer = self.offers.pop_front()?;
        let result = Ok(Payload::parse("1").expect("a number"));
        Some(self.turn(Input::TaskFinished { task: offer.task, result }))
    }
}

fn chain(count: usize) -> String {
    let mut graph = "t0:\n".to_owned();
    for place in 1..count {
        writeln!(graph, "t{place}: needs t{}", place - 1).expect("a text grows");
    }
    graph + "= outputs \"done\"\n"
}

/// Returns the most events that the end of a task made, and the longest image after one.
fn costs(line: &mut Line) -> (usize, usize) {
    let (mut events, mut bytes) = (0, 0);
    let mut ended = 0;
    while let Some(count) = line.end_next_task() {
        ended += 1;
        if *line.execution.status() == Status::Running {
            events = events.max(count);
            if ended % 100 == 0 {
                bytes = bytes.max(line.execution.image().len());
            }
        }
    }
    (events, bytes)
}

#[test]
fn the_end_of_a_task_costs_the_same_in_a_graph_of_ten_thousand() {
    let (small, large) =
        (costs(&mut Line::begin(&chain(200))), costs(&mut Line::begin(&chain(10_000))));
    assert_eq!(small.0, large.0, "events");
    assert!(large.1 < small.1 + 100, "bytes of an image: {small:?}, {large:?}");
}

#[test]
fn thousands_of_free_tasks_run_in_a_window_and_then_what_needs_all_of_them() {
    let mut graph = String::new();
    for place in 0..3_000 {
        writeln!(graph, "t{place}:").expect("a text grows");
    }
    let all: Vec<_> = (0..3_000).map(|place| format!("t{place}")).collect();
    writeln!(graph, "last: needs {}; blind", all.join(" ")).expect("a text grows");
    graph += "= outputs \"done\"\n";
    let mut line = Line::begin(&graph);
    assert_eq!(line.offers.len(), limits::GRAPH_CONCURRENCY_MAX);
    let (events, _) = costs(&mut line);
    assert!(events < 12, "{events} events");
    assert!(format!("{:?}", line.execution.status()).contains("Succeeded"));
}

#[test]
fn a_task_has_more_instances_than_fit_into_one_turn() {
    let graph = "a: each [1..11000]; parallel 100; pass\n\
        = outputs \"{% $count(needs.a.output) %}\"\n";
    let ended = run(graph, "");
    assert_eq!(ends(&ended)["a"].0, Success);
    let Status::Closed(compasso_engine::Closed::Succeeded { output }) = &ended.status else {
        panic!("it succeeded");
    };
    assert_eq!(output.text(), "11000");
}
