//! `compasso fsck`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use compasso_items::Stores;
use compasso_mapruns::MapRuns;
use compasso_runtime::{Flaw, Runtime, Settings, SystemClock, SystemEntropy};
use compasso_service::{Quotas, Service};
use compasso_store_sqlite::{Inspection, Options, SqliteStore, inspect};
use serde_json::json;

use crate::backup::{DATABASE, NOTE, Note};
use crate::cli::Fsck;
use crate::output;
use crate::server::ARTIFACTS;
use crate::settings::{File, OwnData};

/// The exit code if something is wrong.
const EXIT_BROKEN: u8 = 1;

/// Looks at all of a data directory.
pub(crate) async fn run(
    order: Fsck,
    config: Option<&Path>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let own = File::own_data(config, order.data)?;
    // A backup has all of it in one place.
    let is_backup = own.data.join(NOTE).exists();
    let OwnData { data, artifacts } = own;
    let artifacts = if is_backup { data.join(ARTIFACTS) } else { artifacts };
    if !data.join(DATABASE).exists() {
        bail!("{} has no {DATABASE}", data.display());
    }
    let mut report = Report { json, problems: 0 };
    if is_backup && let Err(error) = Note::read(&data) {
        report.tell(&format!("{error:#}"));
    }
    // Held until all is done: no server may come between.
    let store = SqliteStore::open_to_read(&data, &Options::default())
        .with_context(|| format!("{} cannot be looked at", data.display()))?;
    let store = Arc::new(store);
    let found = inspect(&data).with_context(|| format!("{}", data.display()))?;
    found.problems.iter().for_each(|problem| report.tell(problem));
    verify(store.clone(), &mut report).await?;
    let artifacts = compasso_artifacts::verify(&artifacts, |wrong| report.tell(&wrong))
        .context("artifacts cannot be looked at")?;
    store.close();
    report.close(&found, artifacts);
    Ok(if report.problems == 0 { ExitCode::SUCCESS } else { ExitCode::from(EXIT_BROKEN) })
}

/// Applies what is stored of all executions.
async fn verify(store: Arc<SqliteStore>, report: &mut Report) -> anyhow::Result<()> {
    let entropy = Arc::new(SystemEntropy);
    let settings = Settings { turn_threads: 1, ..Settings::default() };
    let runtime = Runtime::open(store, Arc::new(SystemClock), entropy.clone(), settings).await?;
    let map_runs = MapRuns::new(runtime.clone(), Stores::new());
    let service = Service::with_quotas(runtime.clone(), map_runs, entropy, Quotas::default());
    let tell = |Flaw { execution, what }: Flaw| report.tell(&format!("{execution}: {what}"));
    let verified = runtime.verify(&service, tell).await;
    runtime.shutdown().await;
    verified.context("executions cannot be looked at")?;
    Ok(())
}

/// What is told while it is looked.
struct Report {
    json: bool,
    problems: u64,
}

impl Report {
    fn tell(&mut self, problem: &str) {
        self.problems += 1;
        if self.json {
            output::json(&json!({"problem": problem}));
        } else {
            output::line(problem);
        }
    }

    fn close(&self, found: &Inspection, artifacts: u64) {
        let Inspection { executions, turns, documents, blobs, .. } = found;
        if self.json {
            output::json(&json!({
                "problems": self.problems, "executions": executions, "turns": turns,
                "documents": documents, "blobs": blobs, "artifacts": artifacts,
            }));
            return;
        }
        output::note(&format!(
            "{executions} executions, {turns} turns, {documents} documents, {blobs} blobs, \
             {artifacts} artifacts: {}",
            match self.problems {
                0 => "all is whole".to_owned(),
                1 => "1 problem".to_owned(),
                many => format!("{many} problems"),
            }
        ));
    }
}
