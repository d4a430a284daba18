//! W8: a map run over a file of many items, its results written to files.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::figure;
use crate::server::Server;

/// Items, if [`ITEMS_VARIABLE`] names no other number.
const ITEMS: u64 = 1_000_000;
const ITEMS_VARIABLE: &str = "COMPASSO_BENCH_ITEMS";
/// How often the execution is asked for.
const ASK_INTERVAL: Duration = Duration::from_millis(50);
/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// Runs a map with children of a kind to its end.
pub(crate) async fn run(kind: &str) -> anyhow::Result<()> {
    let (items, files) = (items()?, TempDir::new()?);
    write_items(&files.path().join("items.jsonl"), items)?;
    let server = Server::start().await?;
    let definition = definition(kind, files.path()).to_string();
    let machine = server.create("map-run", &definition).await?;
    let (cpu, idle, begun) = (server.cpu()?, server.resident_kib()?, Instant::now());
    finish(&server, &machine).await?;
    let took = begun.elapsed().as_secs_f64();
    let cpu = server.cpu()?.saturating_sub(cpu).as_secs_f64();
    let (count, name) = (items as f64, format!("w8.{kind}.{items}"));
    figure::print(&format!("{name}.time"), took, "s");
    figure::print(&format!("{name}.rate"), count / took, "items/s");
    figure::print(&format!("{name}.cpu"), cpu * 1000.0 / count, "ms/item");
    figure::print(&format!("{name}.memory"), (server.peak_kib()? - idle) / 1024.0, "MiB");
    figure::print(&format!("{name}.disk"), server.data_bytes()? as f64 / count, "bytes/item");
    Ok(())
}

/// Returns how many items there are to be.
pub(super) fn items() -> anyhow::Result<u64> {
    match std::env::var(ITEMS_VARIABLE) {
        Ok(number) => number.parse().with_context(|| format!("{ITEMS_VARIABLE}={number}")),
        Err(_) => Ok(ITEMS),
    }
}

/// Writes a file with an item a line.
pub(super) fn write_items(path: &Path, items: u64) -> anyhow::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    for item in 0..items {
        writeln!(file, r#"{{"order":{item},"customer":"c-{}"}}"#, item % 1_000)?;
    }
    Ok(file.flush()?)
}

fn definition(kind: &str, files: &Path) -> Value {
    let bucket = format!("file://{}", files.display());
    let config = json!({"Mode": "DISTRIBUTED", "ExecutionType": kind.to_uppercase()});
    let states = json!({"P": {"Type": "Pass", "End": true}});
    let map = json!({
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {"Bucket": bucket, "Key": "items.jsonl"},
        },
        "ItemProcessor": {"ProcessorConfig": config, "StartAt": "P", "States": states},
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": bucket, "Prefix": "results"},
        },
        "End": true,
    });
    json!({"StartAt": "M", "States": {"M": map}})
}

async fn finish(server: &Server, machine: &str) -> anyhow::Result<()> {
    let mut connection = server.connect().await?;
    let begun = Instant::now();
    let start = json!({"stateMachineArn": machine});
    let started = connection.call_json("StartExecution", &start).await?;
    let describe = json!({"executionArn": started["executionArn"].as_str().context("no ARN")?});
    while begun.elapsed() < PATIENCE {
        let answer = connection.call_json("DescribeExecution", &describe).await?;
        match answer["status"].as_str() {
            Some("SUCCEEDED") => return Ok(()),
            Some("RUNNING") => tokio::time::sleep(ASK_INTERVAL).await,
            _ => bail!("unexpected: {answer}"),
        }
    }
    bail!("not done after {PATIENCE:?}")
}
