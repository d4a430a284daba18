//! Random graphs of tasks that wait for places, groups and instances.

use std::fmt::Write as _;

use compasso_ir::TriggerRule;
use proptest::prelude::*;

/// How often what happens to a task is written down.
const ATTEMPTS: usize = 60;

/// A branch of a random graph.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) needs: Vec<prop::sample::Index>,
    pub(crate) rule: usize,
    pub(crate) is_guarded: bool,
    pub(crate) kind: Kind,
    fails: bool,
    delay: u8,
    wait: u8,
}

/// What a branch is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A task, or one in each of so many instances; those with a place wait for it.
    Task { instances: Option<u8>, is_placed: bool },
    /// A group, or one in each instance; alone it may hold something while it runs.
    Group { instances: Option<u8>, holds: bool, inside: Vec<Plan> },
}

impl Plan {
    pub(crate) fn rule(&self) -> TriggerRule {
        TriggerRule::NAMES[self.rule].1
    }

    /// Returns the ids of what it needs, which stand before it.
    pub(crate) fn needs(&self, letter: char, place: usize) -> Vec<String> {
        if place == 0 {
            return Vec::new();
        }
        let mut needs: Vec<_> = self.needs.iter().map(|need| need.index(place)).collect();
        needs.sort_unstable();
        needs.dedup();
        needs.into_iter().map(|need| format!("{letter}{need}")).collect()
    }

    pub(crate) fn inside(&self) -> &[Plan] {
        match &self.kind {
            Kind::Group { inside, .. } => inside,
            Kind::Task { .. } => &[],
        }
    }

    /// Whether its branches wait for what it is to hold.
    pub(crate) fn holds(&self) -> bool {
        matches!(self.kind, Kind::Group { holds: true, instances: None, .. })
    }
}

pub(crate) fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let instances = || prop::option::weighted(0.3, 1..4_u8);
    let task = || {
        (instances(), any::<bool>())
            .prop_map(|(instances, is_placed)| Kind::Task { instances, is_placed })
            .boxed()
    };
    let inside = prop::collection::vec(plan(task()), 1..4);
    let group = (instances(), any::<bool>(), inside)
        .prop_map(|(instances, holds, inside)| Kind::Group { instances, holds, inside });
    prop::collection::vec(plan(prop_oneof![2 => task(), 1 => group].boxed()), 1..7)
}

fn plan(kind: BoxedStrategy<Kind>) -> impl Strategy<Value = Plan> {
    let needs = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    let fields = (needs, 0..12_usize, 0..6_u8, kind, 0..4_u8, 0..4_u8, 0..12_u8);
    fields.prop_map(|(needs, rule, guarded, kind, fails, delay, wait)| Plan {
        needs,
        rule,
        is_guarded: guarded == 0,
        kind,
        fails: fails == 0,
        delay,
        wait,
    })
}

/// Writes the graph.
pub(crate) fn written(plans: &[Plan]) -> String {
    let mut graph = String::new();
    for (place, plan) in plans.iter().enumerate() {
        write_branch(&mut graph, "", 't', place, plan);
        for (place, plan) in plan.inside().iter().enumerate() {
            write_branch(&mut graph, "  ", 'u', place, plan);
        }
    }
    graph
}

fn write_branch(graph: &mut String, indent: &str, letter: char, place: usize, plan: &Plan) {
    let rule = TriggerRule::NAMES[plan.rule].0;
    write!(graph, "{indent}{letter}{place}: when {rule}").expect("a text grows");
    let needs = plan.needs(letter, place);
    if !needs.is_empty() {
        write!(graph, "; needs {}", needs.join(" ")).expect("a text grows");
    }
    *graph += if plan.is_guarded { "; if false" } else { "" };
    let (Kind::Task { instances, .. } | Kind::Group { instances, .. }) = &plan.kind;
    if let Some(count) = instances {
        write!(graph, "; each [1..{count}]; parallel 2").expect("a text grows");
    }
    match &plan.kind {
        Kind::Task { is_placed: true, .. } => *graph += "; wants {\"slots\":1}",
        Kind::Group { holds: true, instances: None, .. } => *graph += "; wants {\"mutex\":\"m\"}",
        Kind::Task { .. } | Kind::Group { .. } => {}
    }
    *graph += if matches!(plan.kind, Kind::Group { .. }) { "; group\n" } else { "\n" };
}

/// Writes what happens to the tasks, again and again.
pub(crate) fn scripted(plans: &[Plan]) -> String {
    let mut script = String::new();
    for (place, plan) in plans.iter().enumerate() {
        let name = script_branch(&mut script, &format!("t{place}"), plan);
        for (place, plan) in plan.inside().iter().enumerate() {
            script_branch(&mut script, &format!("{name}.u{place}"), plan);
        }
    }
    script
}

/// Returns the name of the state that the branch, or an instance of it, runs.
fn script_branch(script: &mut String, path: &str, plan: &Plan) -> String {
    let (Kind::Task { instances, .. } | Kind::Group { instances, .. }) = &plan.kind;
    let name = if instances.is_some() { format!("{path}[]") } else { path.to_owned() };
    let Plan { fails, delay, wait, .. } = plan;
    let taken = format!("{name}: after {wait}s started w\n");
    let end = if *fails { "fail Broken" } else { "ok 1" };
    let attempt = match &plan.kind {
        Kind::Task { is_placed: true, .. } => format!("{taken}{name}: after {delay}s {end}\n"),
        Kind::Task { .. } => format!("{name}: after {delay}s {end}\n"),
        Kind::Group { .. } if plan.holds() => format!("{taken}{name}: silence\n"),
        Kind::Group { .. } => String::new(),
    };
    *script += &attempt.repeat(ATTEMPTS);
    name
}
