//! Tasks that wait for each other.

use crate::Code;
use crate::report::Report;
use crate::tree::Tasks;

/// How far the search has come with a task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// The task has this place on the way that is being followed.
    Open(usize),
    Done,
}

/// A task on the way.
struct Visit {
    task: usize,
    /// How many of its needs were looked at.
    looked: usize,
    /// The last place on the way up to here whose task is in a cycle that was found.
    found: Option<usize>,
}

/// Reports cycles among `tasks` that share no task on the way round, with that way. Whoever tears down what another
/// one set up comes after it.
pub(super) fn check(report: &mut Report<'_>, tasks: &Tasks) {
    let needs: Vec<Vec<usize>> = tasks
        .iter()
        .map(|task| {
            let before = task.needs.iter().chain(&task.teardown);
            before.filter_map(|need| tasks.position(&need.id)).collect()
        })
        .collect();
    let mut states = vec![State::New; needs.len()];
    for start in 0..needs.len() {
        if states[start] == State::New {
            follow(start, &needs, &mut states, |way| tell(report, tasks, way));
        }
    }
}

/// Follows needs from `start`; calls `found` with ways that come back to where they began, with
/// each task at most once.
fn follow(
    start: usize,
    needs: &[Vec<usize>],
    states: &mut [State],
    mut found: impl FnMut(&[usize]),
) {
    let mut way = vec![Visit { task: start, looked: 0, found: None }];
    states[start] = State::Open(0);
    while let Some(visit) = way.last_mut() {
        let Some(need) = needs[visit.task].get(visit.looked).copied() else {
            states[visit.task] = State::Done;
            way.pop();
            continue;
        };
        visit.looked += 1;
        let before = visit.found;
        match states[need] {
            State::New => {
                states[need] = State::Open(way.len());
                way.push(Visit { task: need, looked: 0, found: before });
            }
            State::Open(from) if before.is_none_or(|place| place < from) => {
                let mut cycle = Vec::new();
                for (place, visit) in way.iter_mut().enumerate().skip(from) {
                    visit.found = Some(place);
                    cycle.push(visit.task);
                }
                found(&cycle);
            }
            State::Open(_) | State::Done => {}
        }
    }
}

/// Reports a cycle at the need that closes it.
fn tell(report: &mut Report<'_>, tasks: &Tasks, way: &[usize]) {
    /// Most tasks that a message names.
    const NAMED_MAX: usize = 10;
    let Some((last, first)) = way.last().zip(way.first()) else { return };
    let all = tasks.iter().as_slice();
    let mut names: Vec<&str> = way.iter().take(NAMED_MAX).map(|task| &*all[*task].id).collect();
    if way.len() > NAMED_MAX {
        names.push("…");
    }
    names.push(&all[*first].id);
    let mut before = all[*last].needs.iter().chain(&all[*last].teardown);
    let closing = before.find(|need| need.id == all[*first].id);
    let span = closing.map_or(all[*last].span, |need| need.span);
    let message = format!("tasks wait for each other: {}", names.join(" needs "));
    report.hint(Code::Cycle, span, message, "remove one of these needs");
}
