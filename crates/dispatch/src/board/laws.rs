//! Laws of the board, checked with random tasks, workers and gates.

use std::cmp::Reverse;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::wants::Wants;

const POOL: u32 = 3;

#[derive(Clone, Debug)]
enum Move {
    Enter { run: u8, priority: i8, wants: u8, tag: u8 },
    Leave { pick: u8, failed: bool },
    GiveUp { pick: u8 },
    Credit { worker: u8, places: u8 },
    Hold(bool),
    Shortage(bool),
    Pass(u16),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let enter = (0..3_u8, -1..2_i8, any::<u8>(), 0..3_u8)
        .prop_map(|(run, priority, wants, tag)| Move::Enter { run, priority, wants, tag });
    let leave =
        (any::<u8>(), any::<bool>()).prop_map(|(pick, failed)| Move::Leave { pick, failed });
    let give_up = any::<u8>().prop_map(|pick| Move::GiveUp { pick });
    let credit = (0..2_u8, 0..4_u8).prop_map(|(worker, places)| Move::Credit { worker, places });
    let hold = any::<bool>().prop_map(Move::Hold);
    let shortage = any::<bool>().prop_map(Move::Shortage);
    let pass = (0..3_000_u16).prop_map(Move::Pass);
    prop::collection::vec(
        prop_oneof![
            6 => enter, 4 => leave, 3 => give_up, 4 => credit, 1 => hold, 1 => shortage, 2 => pass
        ],
        0..120,
    )
}

/// Makes wants of the bits of a number.
fn wants(bits: u8) -> Wants {
    let mut text = String::from("{\"priority\":0");
    if bits & 1 > 0 {
        let slots = 1 + u32::from(bits >> 6);
        write!(text, ",\"pool\":\"p\",\"slots\":{slots}").unwrap();
    }
    if bits & 2 > 0 {
        text.push_str(",\"mutex\":\"m\"");
    }
    if bits & 4 > 0 {
        text.push_str(",\"rate\":{\"key\":\"r\",\"limit\":2,\"per_ms\":1000,\"burst\":2}");
    }
    if bits & 8 > 0 {
        text.push_str(",\"max_tasks\":2");
    }
    if bits & 16 > 0 {
        text.push_str(",\"breaker\":{\"name\":\"b\",\"failures\":2,\"open_for_ms\":500}");
    }
    if bits & 32 > 0 {
        let after = if bits & 2 > 0 { "t1" } else { "" };
        write!(text, ",\"after\":\"{after}\"").unwrap();
    }
    text.push('}');
    serde_json::from_str(&text).unwrap()
}

fn task(entry: u64, run: u8, priority: i64, wants: Wants, tag: u8) -> Task {
    let run: Arc<str> = format!("run-{run}").into();
    let tags = match tag {
        0 => BTreeSet::new(),
        other => BTreeSet::from([Arc::from(format!("t{other}"))]),
    };
    Task {
        label: format!("{run}/{entry}").into(),
        state: format!("t{}", entry % 4).into(),
        pipeline: "p".into(),
        lane: Lane { account: "0".into(), need: Need::Script(tags) },
        order: Order {
            urgency: Reverse(priority),
            due: Timestamp(0),
            run: run.clone(),
            entry,
            attempt: 0,
        },
        run,
        since: Timestamp(0),
        wants: Arc::new(wants),
    }
}

fn worker(tags: &[&str]) -> Ability {
    let tags = tags.iter().map(|tag| Arc::from(*tag)).collect();
    Ability::Remote { account: None, tags, handlers: BTreeSet::new() }
}

fn board() -> Board {
    let mut board = Board::default();
    board.admit(Seat(0), worker(&["t1"]));
    board.admit(Seat(1), worker(&["t1", "t2"]));
    board.resize(&"p".into(), Some(POOL), Timestamp(0));
    board.open(Timestamp(0));
    board
}

/// What is taken never passes what there is, and belongs to tasks that are out.
fn check_gates(board: &Board) {
    let slots = |out: &Out| out.task.wants.pool.as_ref().map_or(0, |_| out.task.wants.slots());
    let held: u32 = board.out.values().map(slots).sum();
    assert!(held <= POOL, "{held} slots of {POOL} are held");
    assert_eq!(board.gates.pool("p").1, held);
    let holders = board.out.values().filter(|out| out.task.wants.mutex.is_some()).count();
    assert!(holders <= 1, "{holders} hold the mutex");
    for run in ["run-0", "run-1", "run-2"] {
        let limited = |out: &&Out| &*out.task.run == run;
        let out = board.out.values().filter(limited).count();
        let last_has_limit =
            board.out.values().filter(limited).all(|o| o.task.wants.max_tasks.is_some());
        assert!(!last_has_limit || out <= 2, "{out} tasks of a run are out");
    }
}

/// Nobody waits whom every gate would let pass.
fn check_liveness(board: &Board, now: Timestamp) {
    for (id, line) in &board.classes {
        let (_, first) = line.tasks.first().expect("a class without tasks is gone");
        assert!(line.parked.is_some(), "{id:?} waits nowhere");
        let task = &board.waiting[first].0;
        let step = board.gates.step(task, &board.lanes, &board.parked, now);
        assert!(!matches!(step, Step::Run(_)), "{} could run", task.label);
    }
}

/// Returns what must be gone before a task begins: what was given up of the same task, or of what it
/// comes after.
fn ahead_of(board: &Board, given_up: &BTreeSet<Id>, task: &Task) -> BTreeSet<Id> {
    let is_ahead = |id: &&Id| {
        let Some(Out { task: other, .. }) = board.out.get(id) else { return false };
        let after = task.wants.after.as_deref();
        let is_of_it = other.state == task.state || after.is_some_and(str::is_empty);
        other.run == task.run && (is_of_it || after == Some(&*other.state))
    };
    given_up.iter().filter(is_ahead).copied().collect()
}

/// Nothing begins before what it comes after is gone, and nothing waits for what is.
fn check_endings(board: &Board, ahead: &BTreeMap<Id, BTreeSet<Id>>) {
    for (id, ahead) in ahead {
        let goes_on = ahead.iter().find(|it| board.out.contains_key(it));
        assert!(!board.out.contains_key(id) || goes_on.is_none(), "{id:?} before {goes_on:?}");
        let is_held = board.endings.held_back(*id).is_some();
        assert!(!is_held || board.endings.awaited(*id).next().is_some(), "{id:?} for nothing");
    }
}

proptest! {
    #[test]
    fn gates_are_never_overdrawn_and_nobody_waits_for_nothing(moves in moves()) {
        let (mut board, mut now, mut next) = (board(), Timestamp(0), 0);
        let (mut ahead, mut given_up) = (BTreeMap::new(), BTreeSet::new());
        for step in moves {
            match step {
                Move::Enter { run, priority, wants: bits, tag } => {
                    next += 1;
                    let task = task(next, run, priority.into(), wants(bits), tag);
                    ahead.insert(Id(next), ahead_of(&board, &given_up, &task));
                    board.enter(Id(next), task, now);
                }
                Move::GiveUp { pick } => {
                    let picked = board.out.keys().nth(pick as usize % board.out.len().max(1));
                    if let Some(id) = picked.copied() {
                        given_up.insert(id);
                        board.give_up(id);
                    }
                }
                Move::Leave { pick, failed } => {
                    let is_on = |id: &&Id| board.out.contains_key(id)
                        || board.waiting.contains_key(id)
                        || board.endings.held_back(**id).is_some();
                    let ids: Vec<_> = ahead.keys().filter(is_on).copied().collect();
                    if let Some(id) = ids.get(pick as usize % ids.len().max(1)) {
                        let ending = if failed { Ending::Failed } else { Ending::Passed };
                        board.leave(*id, ending, now);
                    }
                }
                Move::Credit { worker, places } => {
                    board.credit(Seat(worker.into()), places.into(), now);
                }
                Move::Hold(held) => board.hold(Some(&"p".into()), held, now),
                Move::Shortage(short) => board.set_shortage(short.then(|| "room".into()), now),
                Move::Pass(millis) => {
                    now = Timestamp(now.0 + i64::from(millis));
                    board.tick(now);
                }
            }
            check_gates(&board);
            check_endings(&board, &ahead);
            check_liveness(&board, now);
        }
    }
}

#[test]
fn the_most_urgent_goes_first_and_ties_go_by_due_time_run_and_task() {
    let mut board = board();
    for (id, (run, priority)) in (1..).zip([(2, 0), (1, 0), (1, 0), (0, 5)]) {
        board.enter(Id(id), task(id, run, priority, Wants::default(), 1), Timestamp(0));
    }
    board.credit(Seat(0), 10, Timestamp(0));
    let order: Vec<_> = board.take_verdicts().into_iter().map(|(id, _)| id.0).collect();
    assert_eq!(order, [4, 2, 3, 1]);
}

#[test]
fn a_task_that_wants_many_slots_is_not_starved_by_small_ones() {
    let mut board = board();
    board.credit(Seat(0), 10, Timestamp(0));
    board.enter(Id(1), task(1, 0, 0, wants(1), 1), Timestamp(0));
    board.enter(Id(2), task(2, 0, 0, wants(1 | 2 << 6), 1), Timestamp(0));
    board.enter(Id(3), task(3, 0, 0, wants(1), 1), Timestamp(0));
    assert_eq!(board.take_verdicts(), [(Id(1), Verdict::Run(Seat(0)))]);
    board.leave(Id(1), Ending::Passed, Timestamp(0));
    assert_eq!(board.take_verdicts(), [(Id(2), Verdict::Run(Seat(0)))]);
    board.leave(Id(2), Ending::Passed, Timestamp(0));
    assert_eq!(board.take_verdicts(), [(Id(3), Verdict::Run(Seat(0)))]);
}

#[test]
fn tasks_that_were_out_before_a_restart_count_before_others_run() {
    let mut board = Board::default();
    board.resize(&"p".into(), Some(1), Timestamp(0));
    board.admit(Seat(0), worker(&[]));
    board.credit(Seat(0), 10, Timestamp(0));
    board.enter(Id(1), task(1, 0, 0, wants(1), 0), Timestamp(0));
    board.restore(Id(2), task(2, 0, 0, wants(1), 0), None, Timestamp(0));
    board.open(Timestamp(0));
    assert_eq!(board.take_verdicts(), []);
    assert_eq!(
        board.blocks(Id(1), &BTreeSet::new(), Timestamp(0))[0].text,
        "pool:p (1/1, run-0/2)"
    );
    board.leave(Id(2), Ending::Passed, Timestamp(0));
    assert_eq!(board.take_verdicts(), [(Id(1), Verdict::Run(Seat(0)))]);
}

#[test]
fn what_holds_a_task_back_is_said_in_words() {
    let mut board = board();
    board.enter(Id(1), task(1, 0, 0, wants(1), 2), Timestamp(0));
    let texts = |board: &Board| {
        board
            .blocks(Id(1), &BTreeSet::new(), Timestamp(0))
            .into_iter()
            .map(|it| it.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&board), ["workers (all 1 that could are busy or not polling)"]);
    board.dismiss(Seat(1));
    board.resize(&"p".into(), None, Timestamp(0));
    let expected =
        ["pool:p (there is none: compasso pools set p 1)", "workers (no worker has tags t2)"];
    assert_eq!(texts(&board), expected);
}

#[test]
fn nothing_new_goes_out_while_the_machine_is_short_of_something() {
    let mut board = board();
    board.credit(Seat(0), 10, Timestamp(0));
    board.enter(Id(1), task(1, 0, 0, wants(1), 1), Timestamp(0));
    assert_eq!(board.take_verdicts(), [(Id(1), Verdict::Run(Seat(0)))]);
    board.set_shortage(Some("the disk is full".into()), Timestamp(0));
    board.enter(Id(2), task(2, 0, 0, Wants::default(), 1), Timestamp(0));
    board.leave(Id(1), Ending::Passed, Timestamp(0));
    assert_eq!(board.take_verdicts(), []);
    let blocks = board.blocks(Id(2), &BTreeSet::new(), Timestamp(0));
    let texts: Vec<_> = blocks.iter().map(|block| (block.kind, &*block.text)).collect();
    assert_eq!(texts, [("shortage", "shortage (the disk is full)")]);
    board.set_shortage(None, Timestamp(0));
    assert_eq!(board.take_verdicts(), [(Id(2), Verdict::Run(Seat(0)))]);
}

#[test]
fn an_open_breaker_fails_tasks_at_once_those_that_wait_as_well() {
    let mut board = board();
    board.credit(Seat(0), 2, Timestamp(0));
    for id in 1..=4 {
        board.enter(Id(id), task(id, 0, 0, wants(16), 1), Timestamp(0));
    }
    board.leave(Id(1), Ending::Failed, Timestamp(0));
    board.take_verdicts();
    board.leave(Id(2), Ending::Failed, Timestamp(0));
    let open = Verdict::Open(Timestamp(500));
    assert_eq!(board.take_verdicts(), [(Id(3), open), (Id(4), open)]);
    board.enter(Id(5), task(5, 0, 0, wants(16), 1), Timestamp(1));
    assert_eq!(board.take_verdicts(), [(Id(5), open)]);
}

#[test]
fn who_waits_behind_tasks_that_a_breaker_fails_goes_on() {
    let mut board = board();
    board.credit(Seat(0), 10, Timestamp(0));
    // Two calls of the breaker, a slot of the pool, one that wants all of it, and one behind that.
    for id in 1..=2 {
        board.enter(Id(id), task(id, 0, 0, wants(16), 1), Timestamp(0));
    }
    board.enter(Id(3), task(3, 1, 0, wants(1), 1), Timestamp(0));
    board.enter(Id(4), task(4, 2, 0, wants(1 | 16 | 2 << 6), 1), Timestamp(0));
    board.enter(Id(5), task(5, 2, 0, wants(1), 1), Timestamp(0));
    board.take_verdicts();
    board.leave(Id(1), Ending::Failed, Timestamp(0));
    board.leave(Id(2), Ending::Failed, Timestamp(0));
    let expected = [(Id(4), Verdict::Open(Timestamp(500))), (Id(5), Verdict::Run(Seat(0)))];
    assert_eq!(board.take_verdicts(), expected);
}
