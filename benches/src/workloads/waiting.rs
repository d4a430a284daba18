//! W5: what executions cost that wait an hour.

use anyhow::Context as _;
use serde_json::json;

use crate::figure;
use crate::server::Server;

const WAITING: usize = 100_000;
const CLIENTS: usize = 32;

pub(crate) async fn run() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let wait = json!({"Type": "Wait", "Seconds": 3600, "End": true});
    let definition = json!({"StartAt": "W", "States": {"W": wait}});
    let machine = server.create("waiting", &definition.to_string()).await?;
    // Caches fill and allocators settle before the first reading.
    start_many(server.port, &machine, WAITING / 10).await?;
    let before = server.resident_kib()?;
    start_many(server.port, &machine, WAITING).await?;
    let after = server.resident_kib()?;
    figure::print("w5.memory", (after - before) / WAITING as f64, "KiB/execution");
    figure::print("w5.resident", after / 1024.0, "MiB");
    Ok(())
}

/// Starts `count` executions over several connections.
pub(crate) async fn start_many(port: u16, machine: &str, count: usize) -> anyhow::Result<()> {
    start_each(port, machine, count, |_| "{}".to_owned()).await
}

/// The same with the input of each, by its number.
pub(crate) async fn start_each(
    port: u16,
    machine: &str,
    count: usize,
    input: impl Fn(usize) -> String + Clone + Send + 'static,
) -> anyhow::Result<()> {
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let (machine, input) = (machine.to_owned(), input.clone());
        clients.push(tokio::spawn(async move {
            let mut connection = crate::http::Connection::open(port).await?;
            for number in (client..count).step_by(CLIENTS) {
                let start = json!({"stateMachineArn": machine, "input": input(number)}).to_string();
                connection.call("StartExecution", &start).await.context("a start failed")?;
            }
            anyhow::Ok(())
        }));
    }
    for client in clients {
        client.await??;
    }
    Ok(())
}
