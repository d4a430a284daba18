//! Compares what is stored in the end with what everybody was told. Each rule is a promise.
//!
//! It reads the store itself and folds events by the engine; nothing of the runtime takes part.

mod history;
mod map_runs;
mod order;
mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use compasso_engine::{Event, EventKind};
use compasso_store::memory::MemoryStore;
use compasso_store::{ExecutionFilter, ExecutionKey, Store as _};

use tokio::time::Instant;

use self::history::History;
use self::rows::Rows;
use crate::cluster::Cluster;
use crate::ledger::{Delivery, Pages, Told};

/// Most executions of one simulation.
const EXECUTIONS_MAX: usize = 10_000;

/// Returns what is broken, a sentence each. In a simulation that `is_calm`, timers are on time as well.
pub(crate) async fn check(cluster: &Cluster, is_calm: bool) -> Vec<String> {
    let (store, ledger) = (&cluster.database.store, &cluster.ledger);
    let mut problems = map_runs::check(store).await;
    let (mut histories, mut rows) = (BTreeMap::new(), Rows::default());
    for key in keys(store).await {
        let name = key.0.clone();
        match History::read(store, &key, &mut rows).await {
            Ok(history) => {
                let mut note = |what: &str| problems.push(format!("{}: {what}", short(&name)));
                history.check(&mut note);
                if is_calm {
                    history.check_punctuality(&mut note);
                }
                histories.insert(name, history);
            }
            Err(what) => problems.push(format!("{}: {what}", short(&name))),
        }
    }
    let graph = |id: &str| histories.get(id).and_then(History::graph);
    let has_leases = cluster.features.has_leases;
    problems.extend(order::check(&cluster.database.written(), &mut rows, has_leases, graph));
    let pages = ledger.open();
    problems.extend(pages.problems.iter().cloned());
    let mut compare = Compare { histories: &histories, pages: &pages, problems: &mut problems };
    compare.starts();
    compare.stops();
    compare.looks();
    compare.ends();
    compare.reports();
    compare.deliveries();
    compare.results();
    compare.reigns();
    problems
}

async fn keys(store: &MemoryStore) -> Vec<ExecutionKey> {
    let listed = store.executions(ExecutionFilter::default(), None, EXECUTIONS_MAX).await;
    let items = listed.map(|page| page.items).unwrap_or_default();
    items.into_iter().map(|header| header.key).collect()
}

fn short(id: &str) -> &str {
    id.rsplit(':').next().unwrap_or(id)
}

fn of_attempt(delivery: &Delivery) -> (&str, u64, u32) {
    (&delivery.execution, delivery.task.entry, delivery.task.attempt)
}

struct Compare<'a> {
    histories: &'a BTreeMap<Arc<str>, History>,
    pages: &'a Pages,
    problems: &'a mut Vec<String>,
}

impl Compare<'_> {
    fn note(&mut self, execution: &str, what: &str) {
        self.problems.push(format!("{}: {what}", short(execution)));
    }

    /// A start that was acknowledged is stored with its input, and a name is used once; one that was
    /// refused has left nothing.
    fn starts(&mut self) {
        for start in &self.pages.starts {
            let stored = self.histories.get(&start.execution).and_then(History::input);
            let is_it = stored.is_some_and(|input| input.text() == start.input.text());
            match start.told {
                Told::Done if !is_it => {
                    self.note(&start.execution, "an acknowledged start is lost, or another's");
                }
                Told::TooLate if stored.is_none() => {
                    self.note(&start.execution, "said to exist, but does not");
                }
                Told::Refused if is_it => {
                    self.note(&start.execution, "a start that was refused has happened");
                }
                _ => {}
            }
        }
    }

    fn stops(&mut self) {
        for execution in &self.pages.stops {
            let history = self.histories.get(execution);
            if history.is_none_or(|history| history.end().is_none()) {
                self.note(execution, "an acknowledged stop is lost");
            }
        }
    }

    /// What somebody has read stays, and what was acknowledged is seen by all who ask later.
    fn looks(&mut self) {
        let mut known: HashMap<&str, Instant> = HashMap::new();
        for start in self.pages.starts.iter().filter(|start| start.told == Told::Done) {
            known.insert(&start.execution, start.at);
        }
        for look in &self.pages.looks {
            let Some(events) = &look.events else {
                if known.get(&*look.execution).is_some_and(|at| *at < look.at) {
                    self.note(&look.execution, "is not seen though its start was acknowledged");
                }
                continue;
            };
            let stored = self.histories.get(&look.execution).map_or(&[][..], History::events);
            let shown = stored.iter().filter(|event| event.id > 0);
            if !events.iter().eq(shown.take(events.len())) {
                self.note(&look.execution, "events that were read are no longer there");
            }
        }
    }

    fn ends(&mut self) {
        for (execution, closed) in &self.pages.ends {
            let stored = self.histories.get(execution).and_then(History::closed);
            if stored.as_ref() != Some(closed) {
                self.note(execution, "an end that was told is not the one that is stored");
            }
        }
    }

    /// A result that was accepted stands in the history once, one that was refused does not.
    fn reports(&mut self) {
        for report in &self.pages.reports {
            let events = self.histories.get(&report.execution).map_or(&[][..], History::events);
            let is_it = |event: &&Event| match &event.kind {
                EventKind::TaskSucceeded { output, .. } => output.text() == report.output.text(),
                _ => false,
            };
            let count = events.iter().filter(is_it).count();
            let fits = match report.told {
                Told::Done => count == 1,
                Told::TooLate | Told::Refused => count == 0,
                Told::Nothing => count <= 1,
            };
            if !fits {
                let what = format!("a result is there {count} times, told {:?}", report.told);
                self.note(&report.execution, &what);
            }
        }
    }

    /// No task is handed out that is not stored, and its key says which attempt it is.
    fn deliveries(&mut self) {
        let mut keys: HashMap<&str, (&str, u64, u32)> = HashMap::new();
        let mut of_attempts = BTreeSet::new();
        for delivery in &self.pages.deliveries {
            let attempt = of_attempt(delivery);
            let scheduled = self
                .histories
                .get(&delivery.execution)
                .is_some_and(|history| history.has_attempt(delivery.task));
            if !scheduled {
                self.note(&delivery.execution, "a task was handed out that is not stored");
            }
            of_attempts.insert((attempt, &*delivery.key));
            if *keys.entry(&delivery.key).or_insert(attempt) != attempt {
                self.note(&delivery.execution, "two attempts have one idempotency key");
            }
        }
        if of_attempts.len() != keys.len() {
            self.problems.push("an attempt has two idempotency keys".into());
        }
    }

    /// Every task that gave a result was handed out to who runs it.
    fn results(&mut self) {
        let handed_out: BTreeSet<_> = self.pages.deliveries.iter().map(of_attempt).collect();
        for (execution, history) in self.histories {
            for task in history.run_here() {
                if !handed_out.contains(&(&**execution, task.entry, task.attempt)) {
                    self.note(execution, "a task has a result that nobody ran");
                }
            }
        }
    }

    /// While a node acts by its lease, no other one does.
    fn reigns(&mut self) {
        let reigns = &self.pages.reigns;
        for (at, one) in reigns.iter().enumerate() {
            for other in &reigns[at + 1..] {
                let meet = one.from < other.until && other.from < one.until;
                if meet && one.node != other.node {
                    let (one, other) = (one.node, other.node);
                    self.problems.push(format!("nodes {one} and {other} act at once"));
                }
            }
        }
    }
}
