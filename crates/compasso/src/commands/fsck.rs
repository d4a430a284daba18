//! `compasso fsck`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use compasso_items::Stores;
use compasso_mapruns::MapRuns;
use compasso_runtime::{Flaw, Runtime, Settings, SystemClock, SystemEntropy};
use compasso_service::{Quotas, Service};
use compasso_store::Store;
use compasso_store_postgres::PostgresStore;
use compasso_store_sqlite::{Inspection, Options, SqliteStore, inspect};
use serde_json::{Map, Value, json};

use crate::backup::{DATABASE, Held, NOTE, Note};
use crate::cli::Fsck;
use crate::output;
use crate::server::ARTIFACTS;
use crate::settings::{File, OwnData};

/// The exit code if something is wrong.
const EXIT_BROKEN: u8 = 1;
/// How many lines are remembered, so that none is told twice.
const REMEMBERED_MAX: usize = 10_000;

/// Looks at all of a data directory.
pub(crate) async fn run(
    order: Fsck,
    config: Option<&Path>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let own = File::own_data(config, order.data, order.store)?;
    // A backup has all of it in one place.
    let is_backup = own.data.join(NOTE).exists();
    let OwnData { data, artifacts, store } = own;
    if let Some(address) = store.filter(|_| !is_backup) {
        return look_at_database(&address, &artifacts, json).await;
    }
    let artifacts = if is_backup { data.join(ARTIFACTS) } else { artifacts };
    if !data.join(DATABASE).exists() {
        bail!("{} has no {DATABASE}", data.display());
    }
    let mut report = Report::new(json);
    if is_backup && let Err(error) = Note::read(&data) {
        report.tell(&format!("{error:#}"));
    }
    // Held until all is done: no server may come between. A backup is used by none.
    let open = if is_backup { SqliteStore::open_copy } else { SqliteStore::open_to_read };
    let store = open(&data, &Options::default())
        .with_context(|| format!("{} cannot be looked at", data.display()))?;
    let store = Arc::new(store);
    let found = inspect(&data).with_context(|| format!("{}", data.display()))?;
    found.problems.iter().for_each(|problem| report.tell(problem));
    verify(store.clone(), &mut report).await?;
    // Not of a database: servers at work may remove files meanwhile.
    let held = Held::of(&*store, &artifacts).await.context("what runs hold cannot be read")?;
    let elsewhere = (!is_backup && !artifacts.exists()).then_some(&*artifacts);
    tell_missing(&held.missing, elsewhere, &mut report);
    let artifacts = compasso_artifacts::verify(&artifacts, |wrong| report.tell(&wrong))
        .context("artifacts cannot be looked at")?;
    store.close();
    let Inspection { executions, turns, documents, blobs, .. } = found;
    let found = [("executions", executions), ("turns", turns), ("documents", documents)];
    Ok(report.close(&[&found[..], &[("blobs", blobs), ("artifacts", artifacts)]].concat()))
}

/// Tells which artifacts are not there; all in one line where their whole directory is not.
fn tell_missing(missing: &[String], no_directory: Option<&Path>, report: &mut Report) {
    if let Some(place) = no_directory.filter(|_| !missing.is_empty()) {
        let (count, place) = (missing.len(), place.display());
        report.tell(&format!(
            "there is no {place}, and runs refer to {count} artifacts; if these are kept elsewhere, \
             --config names the settings that say where"
        ));
        return;
    }
    for sha256 in missing {
        report.tell(&format!("artifact {sha256} is not there, and a run refers to it"));
    }
}

/// Looks at all of a database as it is now, and at the artifacts.
async fn look_at_database(address: &str, artifacts: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let mut report = Report::new(json);
    let store = Arc::new(PostgresStore::open_snapshot(address).await?);
    store.strays().await?.iter().for_each(|problem| report.tell(problem));
    let mut documents = 0;
    for kind in store.document_kinds().await? {
        // There are few kinds, and this process does nothing else.
        documents += store.document_count(kind.leak()).await?;
    }
    let executions = verify(store, &mut report).await?;
    let artifacts = compasso_artifacts::verify(artifacts, |wrong| report.tell(&wrong))
        .context("artifacts cannot be looked at")?;
    let found = [("executions", executions), ("documents", documents), ("artifacts", artifacts)];
    Ok(report.close(&found))
}

/// Applies what is stored of all executions; returns how many there are.
async fn verify(store: Arc<dyn Store>, report: &mut Report) -> anyhow::Result<u64> {
    let entropy = Arc::new(SystemEntropy);
    let settings = Settings { turn_threads: 1, ..Settings::default() };
    let runtime = Runtime::open(store, Arc::new(SystemClock), entropy.clone(), settings).await?;
    let map_runs = MapRuns::new(runtime.clone(), Stores::new());
    let service = Service::with_quotas(runtime.clone(), map_runs, entropy, Quotas::default());
    let tell = |Flaw { execution, what }: Flaw| report.tell(&format!("{execution}: {what}"));
    let verified = runtime.verify(&service, tell).await;
    runtime.shutdown().await;
    verified.context("executions cannot be looked at")
}

/// What is told while it is looked.
struct Report {
    json: bool,
    problems: u64,
    /// What was told first: one damage may be found in several ways.
    told: BTreeSet<String>,
}

impl Report {
    fn new(json: bool) -> Self {
        Self { json, problems: 0, told: BTreeSet::new() }
    }

    fn tell(&mut self, problem: &str) {
        if self.told.contains(problem) {
            return;
        }
        if self.told.len() < REMEMBERED_MAX {
            self.told.insert(problem.to_owned());
        }
        self.problems += 1;
        if self.json {
            output::json(&json!({"problem": problem}));
        } else {
            output::line(problem);
        }
    }

    /// Tells how much was looked at.
    fn close(&self, found: &[(&'static str, u64)]) -> ExitCode {
        if self.json {
            let counts = found.iter().map(|(what, count)| ((*what).to_owned(), json!(count)));
            let mut line: Map<String, Value> = counts.collect();
            line.insert("problems".into(), json!(self.problems));
            output::json(&Value::Object(line));
        } else {
            let counts: Vec<_> =
                found.iter().map(|(what, count)| format!("{count} {what}")).collect();
            let problems = match self.problems {
                0 => "all is whole".to_owned(),
                1 => "1 problem".to_owned(),
                many => format!("{many} problems"),
            };
            output::note(&format!("{}: {problems}", counts.join(", ")));
        }
        if self.problems == 0 { ExitCode::SUCCESS } else { ExitCode::from(EXIT_BROKEN) }
    }
}
