//! A task with `each` over the lines of a large file, 100 instances at a time.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::map_run::{items, write_items};
use crate::figure;
use crate::server::Server;

/// How often the run is asked for.
const ASK_INTERVAL: Duration = Duration::from_millis(50);
/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// What an instance gives, and the name of the kind.
const OUTPUTS: [(&str, &str); 2] = [("number", "item.order"), ("object", "item")];

pub(crate) async fn run() -> anyhow::Result<()> {
    let (count, files) = (items()?, TempDir::new()?);
    let file = files.path().join("items.jsonl");
    write_items(&file, count)?;
    for (kind, output) in OUTPUTS {
        let server = Server::start().await?;
        let text = format!(
            "pipeline: each\ntasks:\n  all:\n    each: {{jsonl: \"file://{}\"}}\n    max_parallel: 100\n    \
             noop: true\n    outputs: ${{{{ {output} }}}}\n  last:\n    needs: all\n    noop: true\n    \
             outputs: {{count: \"${{{{ $count(needs.all.output) }}}}\"}}\n\
             outputs: ${{{{ needs.last.output.count }}}}\n",
            file.display()
        );
        server.connect().await?.send("POST", "/api/v1/pipelines", &text).await?;
        let (cpu, begun) = (server.cpu()?, Instant::now());
        finish(&server, count).await?;
        let took = begun.elapsed().as_secs_f64();
        let cpu = server.cpu()?.saturating_sub(cpu).as_secs_f64();
        let name = format!("each.{kind}.{count}");
        figure::print(&format!("{name}.time"), took, "s");
        figure::print(&format!("{name}.cpu"), cpu * 1e6 / count as f64, "us/item");
        // Of the whole process, not beside the idle one.
        figure::print(&format!("{name}.memory"), server.peak_kib()? / 1024.0, "MiB");
        figure::print(
            &format!("{name}.disk"),
            server.data_bytes()? as f64 / count as f64,
            "bytes/item",
        );
    }
    Ok(())
}

/// Runs the pipeline to its end, which must have counted all items.
async fn finish(server: &Server, count: u64) -> anyhow::Result<()> {
    let (mut connection, begun) = (server.connect().await?, Instant::now());
    let started = connection.post("/pipelines/each/runs", "{}").await?;
    let run = json!({"executionArn": started["id"].as_str().context("no run")?});
    let whole = count.to_string();
    while begun.elapsed() < PATIENCE {
        let found = connection.call_json("DescribeExecution", &run).await?;
        match found["status"].as_str() {
            Some("SUCCEEDED") if found["output"] == *whole => return Ok(()),
            Some("RUNNING") => tokio::time::sleep(ASK_INTERVAL).await,
            _ => bail!("unexpected: {}", Value::to_string(&found)),
        }
    }
    bail!("not done after {PATIENCE:?}")
}
