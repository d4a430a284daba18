//! Two servers on one PostgreSQL: the time from the end of the owner, killed or asked to stop, to the first turn of an
//! execution that the other one took over.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use compasso_testkit::postgres::{Cluster, Lasting};
use serde_json::json;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::figure;
use crate::http::{Connection, member};
use crate::server::{self, ROLE};

/// Ends of owners of each kind.
const EPISODES: usize = 24;
/// The key of all vaults, 32 bytes in base64.
const KEY: &str = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";
/// How soon a node is asked again that has no owner yet.
const ASK_INTERVAL: Duration = Duration::from_millis(5);
/// Longest wait for an owner.
const PATIENCE: Duration = Duration::from_secs(30);
/// An owner that is asked to stop has heard of it after this time.
const HEARD_AFTER: Duration = Duration::from_millis(20);
/// By how much later each owner ends than the one before: leases are renewed every 750 ms.
const SHIFT: Duration = Duration::from_millis(31);

/// How an owner ends.
#[derive(Clone, Copy)]
enum End {
    Killed,
    Asked,
}

struct Node {
    child: Child,
    port: u16,
    _data: TempDir,
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let database = Cluster::start_lasting(Lasting::Power).context("PostgreSQL is not installed")?;
    let (place, artifacts) = (database.database(), TempDir::new()?);
    let mut owner = node(&place, artifacts.path()).await?;
    let mut other = node(&place, artifacts.path()).await?;
    let mut waiting = start_waiting(owner.port).await?;
    for (name, end) in [("killed", End::Killed), ("asked", End::Asked)] {
        let mut took = Vec::with_capacity(EPISODES);
        for episode in 0..EPISODES {
            tokio::time::sleep(SHIFT * u32::try_from(episode)?).await;
            let execution = waiting.pop().context("an execution for each end")?;
            took.push(episode_of(end, owner, &other, &execution).await?);
            owner = other;
            other = node(&place, artifacts.path()).await?;
        }
        figure::print_latencies(&format!("cluster.{name}.turn"), &mut took);
    }
    Ok(())
}

/// Starts a node, and waits until it can have requests answered.
async fn node(place: &str, artifacts: &Path) -> anyhow::Result<Node> {
    let data = TempDir::new()?;
    let settings = format!("artifacts = {:?}\n[vault]\nkey = \"{KEY}\"\n", artifacts.display());
    std::fs::write(data.path().join("compasso.toml"), settings)?;
    let (child, port, _) = server::spawn(data.path(), Some(place)).await?;
    Ok(Node { child, port, _data: data })
}

/// Starts an execution that waits for each end.
async fn start_waiting(port: u16) -> anyhow::Result<Vec<String>> {
    let mut connection = Connection::open(port).await?;
    let wait = json!({"Type": "Wait", "Seconds": 3_600, "End": true});
    let definition = json!({"StartAt": "Wait", "States": {"Wait": wait}}).to_string();
    let request = json!({"name": "waits", "definition": definition, "roleArn": ROLE});
    let machine = connection.call_json("CreateStateMachine", &request).await?;
    let order = json!({"stateMachineArn": machine["stateMachineArn"]}).to_string();
    let mut arns = Vec::new();
    for _ in 0..2 * EPISODES {
        let started = connection.call("StartExecution", &order).await?;
        arns.push(member(&started, "executionArn").context("no ARN")?.to_owned());
    }
    Ok(arns)
}

/// Ends the owner, and returns how long it takes until the other node has stopped an execution.
async fn episode_of(
    end: End,
    mut owner: Node,
    other: &Node,
    execution: &str,
) -> anyhow::Result<Duration> {
    let order = format!(r#"{{"executionArn":"{execution}"}}"#);
    let mut connection = Connection::open(other.port).await?;
    let begun = Instant::now();
    match end {
        End::Killed => owner.child.start_kill()?,
        End::Asked => {
            let process = owner.child.id().context("the owner has ended")?.to_string();
            let told = Command::new("kill").args(["-TERM", &process]).status().await?;
            anyhow::ensure!(told.success(), "the owner is not asked to stop");
            tokio::time::sleep(HEARD_AFTER).await;
        }
    }
    while let Err(error) = connection.call("StopExecution", &order).await {
        if begun.elapsed() > PATIENCE {
            bail!("no owner after {PATIENCE:?}: {error}");
        }
        tokio::time::sleep(ASK_INTERVAL).await;
    }
    let took = begun.elapsed();
    owner.child.wait().await?;
    Ok(took)
}
