//! Who may begin when a pipeline has room for some of its runs alone.

use compasso_schedule::Entrance;
use compasso_types::Json;

use super::*;
use crate::Concurrency;

fn candidate(run: &str, pipeline: &str, most: usize, overlap: Overlap) -> Candidate {
    let entrance = Entrance { most, overlap, room: 10 };
    Candidate {
        run: run.into(),
        pipeline: pipeline.into(),
        concurrency: Concurrency { lane: "lane".into(), entrance },
        order: Json::Null,
        tick: None,
        deadlines: Vec::new(),
    }
}

/// Says what became of a run that asks, and settles it.
fn ask(table: &mut Table, run: &str, most: usize, overlap: Overlap) -> &'static str {
    match table.reserve(candidate(run, "p", most, overlap), Timestamp(0)) {
        Reserved::Kept(reserve) => {
            table.settle(&reserve.run);
            if reserve.waits { "waits" } else { "begins" }
        }
        Reserved::Known => "known",
        Reserved::Skipped => "skipped",
        Reserved::Dropped => "dropped",
    }
}

fn next(table: &mut Table) -> Option<String> {
    table.next().map(|run| run.to_string())
}

#[test]
fn as_many_begin_as_may_and_the_others_follow_in_their_order() {
    let mut table = Table::default();
    let all = Overlap::BufferAll;
    let asked = ["a", "b", "c", "d"].map(|run| ask(&mut table, run, 2, all));
    assert_eq!(asked, ["begins", "begins", "waits", "waits"]);
    assert_eq!(next(&mut table), None);
    assert_eq!(table.place("d").unwrap().position, 2);
    assert_eq!(table.place("d").unwrap().waits_for.len(), 2);
    table.remove(&"a".into());
    assert_eq!(next(&mut table).as_deref(), Some("c"));
    assert_eq!(next(&mut table), None);
    assert_eq!(table.place("d").unwrap().position, 1);
    assert_eq!(ask(&mut table, "c", 2, all), "known");
}

#[test]
fn a_run_has_left_the_others_once_it_is_durable() {
    let mut table = Table::default();
    assert_eq!(ask(&mut table, "a", 1, Overlap::BufferAll), "begins");
    assert_eq!(ask(&mut table, "b", 1, Overlap::BufferAll), "waits");
    assert!(table.left("a").is_none());
    table.remove(&"a".into());
    assert_eq!(next(&mut table).as_deref(), Some("b"));
    let mut told = table.left("b").unwrap();
    assert!(told.try_recv().is_err());
    table.begun(&"b".into());
    assert_eq!(told.try_recv(), Ok(()));
    assert!(table.left("b").is_none());
}

#[test]
fn a_place_that_does_not_become_durable_is_free_again() {
    let mut table = Table::default();
    let lost = candidate("a", "p", 1, Overlap::BufferAll);
    let Reserved::Kept(lost) = table.reserve(lost, Timestamp(0)) else { panic!("it begins") };
    assert_eq!(ask(&mut table, "b", 1, Overlap::BufferAll), "waits");
    assert_eq!(next(&mut table), None);
    table.give_back(&lost);
    assert_eq!(next(&mut table).as_deref(), Some("b"));
}

#[test]
fn what_had_to_make_room_has_it_back_if_nothing_came_of_it() {
    for overlap in [Overlap::TerminateOther, Overlap::CancelOther] {
        let mut table = Table::default();
        assert_eq!(ask(&mut table, "a", 1, overlap), "begins");
        let new = table.reserve(candidate("b", "p", 1, overlap), Timestamp(0));
        let Reserved::Kept(new) = new else { panic!("it has a place") };
        assert_eq!(&*new.stops.as_ref().unwrap().0, "a");
        table.give_back(&new);
        assert_eq!(ask(&mut table, "c", 1, Overlap::Skip), "skipped");
        table.remove(&"a".into());
        assert_eq!(ask(&mut table, "c", 1, Overlap::Skip), "begins");
    }
}

#[test]
fn runs_of_a_paused_pipeline_let_others_of_their_group_pass() {
    let mut table = Table::default();
    let all = Overlap::BufferAll;
    assert_eq!(ask(&mut table, "a", 1, all), "begins");
    assert_eq!(ask(&mut table, "b", 1, all), "waits");
    let other = table.reserve(candidate("c", "q", 1, all), Timestamp(0));
    let Reserved::Kept(other) = other else { panic!("it waits") };
    table.settle(&other.run);
    table.pause(&"p".into(), true);
    table.remove(&"a".into());
    assert_eq!(next(&mut table).as_deref(), Some("c"));
    table.remove(&"c".into());
    assert_eq!(next(&mut table), None);
    table.pause(&"p".into(), false);
    assert_eq!(next(&mut table).as_deref(), Some("b"));
}

#[test]
fn a_run_whose_turn_has_come_counts_among_those_that_are_under_way() {
    let mut table = Table::default();
    let held = table.reserve(candidate("x", "p", 1, Overlap::AllowAll), Timestamp(0));
    let Reserved::Kept(held) = held else { panic!("it begins") };
    table.give_back(&held);
    table.take_up("a".into(), held.seat.clone(), Stage::Begins);
    assert_eq!(ask(&mut table, "b", 1, Overlap::BufferAll), "waits");
    assert_eq!(next(&mut table), None);
    let mut told = table.left("a").unwrap();
    table.begun(&"a".into());
    assert_eq!(told.try_recv(), Ok(()));
    table.remove(&"a".into());
    assert_eq!(next(&mut table).as_deref(), Some("b"));
}

#[test]
fn what_was_stored_is_taken_up_in_the_order_of_its_numbers() {
    let mut table = Table::default();
    let stages = [("c", 3, Stage::Waits), ("a", 1, Stage::Begun), ("b", 2, Stage::Waits)];
    for (run, number, stage) in stages {
        let held = table.reserve(candidate("x", "p", 1, Overlap::AllowAll), Timestamp(0));
        let Reserved::Kept(held) = held else { panic!("it begins") };
        table.give_back(&held);
        table.take_up(run.into(), Seat { number, ..held.seat }, stage);
    }
    assert_eq!(next(&mut table), None);
    table.remove(&"a".into());
    assert_eq!(next(&mut table).as_deref(), Some("b"));
    assert_eq!(ask(&mut table, "d", 1, Overlap::BufferAll), "waits");
    assert_eq!(table.place("d").unwrap().position, 2);
}

#[test]
fn the_newer_of_two_that_came_for_one_place_has_it_also_after_a_restart() {
    let stored = |table: &mut Table, run: &str| {
        let reserve = table.reserve(candidate(run, "p", 1, Overlap::CancelOther), Timestamp(0));
        let Reserved::Kept(reserve) = reserve else { panic!("it has a place") };
        table.settle(&reserve.run);
        *reserve
    };
    let mut before = Table::default();
    let [one, two, three] = ["one", "two", "three"].map(|run| stored(&mut before, run));
    assert_eq!(three.replaces.as_deref(), Some("two"));
    // The process ended before that was stored of the second one, in whatever order seats are read.
    for seats in [[&one, &two, &three], [&three, &two, &one], [&two, &three, &one]] {
        let mut table = Table::default();
        let replaced: Vec<_> = seats
            .into_iter()
            .filter_map(|it| {
                let stage = if it.waits { Stage::Waits } else { Stage::Begun };
                table.take_up(it.run.clone(), it.seat.clone(), stage)
            })
            .collect();
        assert_eq!(replaced, ["two".into()]);
        assert!(table.withdraw(&"two".into()).is_some());
        let mut told = table.left("two").unwrap();
        assert!(told.try_recv().is_err(), "it has not left before that is durable");
        table.remove(&"two".into());
        assert_eq!(told.try_recv(), Ok(()));
        // A fourth one comes for the same place still.
        assert_eq!(stored(&mut table, "four").replaces.as_deref(), Some("three"));
        table.remove(&"three".into());
        table.remove(&"one".into());
        assert_eq!(next(&mut table).as_deref(), Some("four"));
    }
}

#[test]
fn a_run_that_is_not_stopped_waits_on_where_it_was() {
    let mut table = Table::default();
    let all = Overlap::BufferAll;
    assert_eq!(ask(&mut table, "a", 1, all), "begins");
    for run in ["b", "c"] {
        assert_eq!(ask(&mut table, run, 1, all), "waits");
    }
    assert!(table.withdraw(&"b".into()).is_some());
    table.line_up(&"b".into());
    table.remove(&"a".into());
    assert_eq!(next(&mut table).as_deref(), Some("b"));
}
