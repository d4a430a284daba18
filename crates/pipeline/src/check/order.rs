//! Tasks that wait for each other.

use crate::Code;
use crate::report::Report;
use crate::tree::Tasks;

/// How far the search has come with a task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// On the way that is being followed.
    Open,
    Done,
}

/// Reports each cycle among `tasks` once, with the way round.
pub(super) fn check(report: &mut Report<'_>, tasks: &Tasks) {
    let needs: Vec<Vec<usize>> = tasks
        .iter()
        .map(|task| task.needs.iter().filter_map(|need| tasks.position(&need.id)).collect())
        .collect();
    let mut states = vec![State::New; needs.len()];
    for start in 0..needs.len() {
        if states[start] == State::New {
            follow(start, &needs, &mut states, |way| tell(report, tasks, way));
        }
    }
}

/// Follows needs from `start`; calls `found` with each way that comes back to where it began.
fn follow(
    start: usize,
    needs: &[Vec<usize>],
    states: &mut [State],
    mut found: impl FnMut(&[usize]),
) {
    // Each task on the way, with how many of its needs were looked at.
    let mut way = vec![(start, 0)];
    states[start] = State::Open;
    while let Some((task, looked)) = way.last_mut() {
        let task = *task;
        let Some(need) = needs[task].get(*looked).copied() else {
            states[task] = State::Done;
            way.pop();
            continue;
        };
        *looked += 1;
        match states[need] {
            State::New => {
                states[need] = State::Open;
                way.push((need, 0));
            }
            State::Open => {
                let from = way.iter().position(|(task, _)| *task == need).unwrap_or(0);
                let cycle: Vec<usize> = way[from..].iter().map(|(task, _)| *task).collect();
                found(&cycle);
            }
            State::Done => {}
        }
    }
}

/// Reports a cycle at the need that closes it.
fn tell(report: &mut Report<'_>, tasks: &Tasks, way: &[usize]) {
    /// Most tasks that a message names.
    const NAMED_MAX: usize = 10;
    let Some((last, first)) = way.last().zip(way.first()) else { return };
    let all: Vec<_> = tasks.iter().collect();
    let mut names: Vec<&str> = way.iter().take(NAMED_MAX).map(|task| &*all[*task].id).collect();
    if way.len() > NAMED_MAX {
        names.push("…");
    }
    names.push(&all[*first].id);
    let needs = &all[*last].needs;
    let closing = needs.iter().find(|need| need.id == all[*first].id);
    let span = closing.map_or(all[*last].span, |need| need.span);
    let message = format!("tasks wait for each other: {}", names.join(" needs "));
    report.hint(Code::Cycle, span, message, "remove one of these needs");
}
