//! Whole clusters in virtual time: several nodes over one store, clients, workers, and trouble by a
//! seed; in the end a checker compares what is stored with what everybody was told.
//!
//! The nodes are real ones ([`compasso_runtime::Runtime`] with the engine), over a store in memory
//! behind a link on which messages take time and are lost (`link`). In some seeds they have leases and
//! the owner changes as in a real cluster (`process`), in others anyone takes over at any time, which is
//! harder on the fence; which other parts there are differs as well (`features`). Time stands still
//! while anything is computed, so a minute of trouble takes a few milliseconds. [`Mutant`]s are wrong
//! versions that the checker must notice, or it would prove nothing.

mod check;
mod clients;
mod cluster;
mod database;
mod dice;
mod digest;
mod features;
mod lanes;
mod layers;
mod ledger;
mod library;
mod link;
mod mutant;
mod nemesis;
mod node;
mod process;
mod roster;
mod work;

use std::sync::Arc;
use std::time::Duration;

use compasso_store::Store as _;
use tokio::time::sleep;

pub use self::mutant::Mutant;

use self::cluster::Cluster;
use self::database::Database;
use self::dice::Dice;
use self::features::Features;
use self::library::Part;
use self::nemesis::Temper;

/// How many workers there are.
const WORKERS: usize = 2;
/// Within this time after the last trouble everything must have ended.
const REST_MAX: Duration = Duration::from_secs(600);

/// What a simulation came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What is broken, a sentence each; nothing if all is well.
    pub problems: Vec<String>,
    /// How many batches were written.
    pub commits: u64,
    /// What was written and told, as a digest: the same seed gives the same.
    pub digest: u64,
}

/// Runs the simulation of a seed.
///
/// # Panics
/// There is no asynchronous runtime to be had.
pub fn run(seed: u64, mutant: Option<Mutant>) -> Verdict {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing");
    tokio.block_on(simulate(Dice::new(seed), mutant))
}

async fn simulate(mut dice: Dice, mutant: Option<Mutant>) -> Verdict {
    let (temper, features) = (Temper::of(&mut dice), Features::of(&mut dice));
    let is_calm = temper.is_calm();
    let database = Arc::new(Database::new(mutant));
    let cluster = Cluster::new(database.clone(), features, temper.weather, dice.fork());
    cluster.begin().await;
    let workers = if cluster.features.has(Part::Workers) { WORKERS } else { 0 };
    for worker in 0..workers {
        tokio::spawn(work::worker(cluster.clone(), worker, dice.fork()));
    }
    let Features { clients, acts, .. } = cluster.features;
    let clients: Vec<_> = (0..clients)
        .map(|name| tokio::spawn(clients::client(cluster.clone(), name, acts, dice.fork())))
        .collect();
    nemesis::rage(cluster.clone(), temper, dice.fork()).await;
    for client in clients {
        client.await.expect("clients do not panic");
    }
    cluster.calm();
    let mut problems = Vec::new();
    if !rest(&database).await {
        problems.push("what was begun does not end".into());
    }
    problems.extend(check::check(&cluster, is_calm).await);
    cluster.end();
    let digest = digest::of(&database, &cluster.ledger);
    Verdict { problems, commits: database.store.commits(), digest }
}

/// Waits until nothing is under way; false if that does not come.
async fn rest(database: &Database) -> bool {
    let pause = Duration::from_secs(5);
    for _ in 0..REST_MAX.as_secs() / pause.as_secs() {
        sleep(pause).await;
        if database.store.open_executions().await == Ok(0) {
            return true;
        }
    }
    false
}
