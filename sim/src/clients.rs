//! Those who start, stop and look at executions.

use std::sync::Arc;
use std::time::Duration;

use compasso_engine::Start as EngineStart;
use compasso_runtime::{DefinitionRef, HistoryRange, RuntimeError, StartError, StartOrder};
use compasso_store::{Attributes, ExecutionKey};
use compasso_types::Payload;
use tokio::time::{Instant, sleep};

use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::ledger::{Look, Start, Told};
use crate::library::Library;
use crate::node::Node;

/// How many names all clients together choose from: some are wanted by several.
const NAMES: usize = 24;
/// Most events that are looked at.
const LOOK: usize = 500;

/// Does a number of things, one after another.
pub(crate) async fn client(cluster: Arc<Cluster>, name: usize, acts: usize, mut dice: Dice) {
    for act in 0..acts {
        sleep(dice.up_to(Duration::from_millis(1_500))).await;
        let Some(node) = cluster.some_node(&mut dice) else { continue };
        let execution = arn(dice.below(NAMES));
        let deed = async {
            match dice.below(10) {
                0..6 => {
                    start(&cluster, &node, execution, &format!("{name}.{act}"), &mut dice).await;
                }
                6 => stop(&cluster, &node, execution).await,
                7 | 8 => look(&cluster, &node, execution).await,
                _ => wait(&cluster, &node, execution).await,
            }
        };
        deed.await;
    }
}

fn arn(number: usize) -> Arc<str> {
    format!("arn:aws:states:us-east-1:123456789012:execution:M:e{number}").into()
}

async fn start(cluster: &Cluster, node: &Node, id: Arc<str>, by: &str, dice: &mut Dice) {
    let number = *dice.pick(&cluster.features.definitions);
    let text = format!(r#"{{"by":"{by}","items":[1,2,3],"params":{{}},"run":{{}}}}"#);
    let input = Payload::parse(text).expect("it is JSON");
    let order = order(id.clone(), number, input.clone());
    let told = match node.ask(node.runtime.start(order)).await {
        Some(Ok(_)) => Told::Done,
        Some(Err(StartError::Exists)) => Told::TooLate,
        Some(Err(StartError::Runtime(RuntimeError::Rejected(_)))) => Told::Refused,
        Some(Err(_)) | None => Told::Nothing,
    };
    let at = Instant::now();
    cluster.ledger.open().starts.push(Start { execution: id, input, told, at });
}

fn order(id: Arc<str>, number: usize, input: Payload) -> StartOrder {
    let name = id.rsplit(':').next().unwrap_or_default().into();
    StartOrder {
        start: EngineStart {
            name,
            id,
            workflow: "arn:aws:states:us-east-1:123456789012:stateMachine:M".into(),
            workflow_name: number.to_string().into(),
            role: "arn:aws:iam::123456789012:role/r".into(),
            input,
            seed: [0; 16],
            version: None,
            alias: None,
            payload_bytes_max: 262_144,
            events_max: compasso_types::limits::EXECUTION_EVENTS_MAX,
            mocks: None,
            origin: None,
            is_held: false,
            is_unbegun: false,
            rules: compasso_engine::RULES,
        },
        definition: DefinitionRef(number.to_string().into()),
        compiled: Library::get(number),
        listing: "M".into(),
        caller: None,
        trace_header: None,
        parent: None,
        log: None,
        map_run: None,
        attributes: Attributes::new(),
    }
}

async fn stop(cluster: &Cluster, node: &Node, execution: Arc<str>) {
    let key = ExecutionKey(execution.clone());
    let stopped = node.ask(node.runtime.stop(&key, Some("Stopped".into()), None)).await;
    if matches!(stopped, Some(Ok(_))) {
        cluster.ledger.open().stops.push(execution);
    }
}

async fn look(cluster: &Cluster, node: &Node, execution: Arc<str>) {
    let key = ExecutionKey(execution.clone());
    let range = HistoryRange { first: 1, limit: LOOK, reverse: false };
    let at = Instant::now();
    if let Some(Ok(events)) = node.ask(node.runtime.history(&key, range)).await {
        cluster.ledger.open().looks.push(Look { execution, events, at });
    }
}

async fn wait(cluster: &Cluster, node: &Node, execution: Arc<str>) {
    let key = ExecutionKey(execution.clone());
    if let Some(Ok(Some(found))) = node.ask(node.runtime.closed(&key)).await
        && let Some(closed) = found.closed
    {
        cluster.ledger.open().ends.push((execution, closed));
    }
}
