//! Results that are kept for later tasks that ask for the same.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use compasso_runtime::{Job, Runtime};
use compasso_store::{Document, DocumentChange, Expected, Outcome};
use compasso_types::{Payload, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::warn;

use crate::wants::CacheWish;

/// The kind of documents that are kept results.
pub const KIND: &str = "kept-result";
/// Their format.
const FORMAT: u32 = 1;

/// A kept result.
#[derive(Serialize, Deserialize)]
struct Kept {
    v: u32,
    /// When it was made.
    at: Timestamp,
    /// Until when it is good; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    output: Payload,
}

/// Returns what is kept for a job, if it is good at `now`. What cannot be read is made again.
pub(crate) async fn kept(
    runtime: &Runtime,
    job: &Job,
    wish: &CacheWish,
    now: Timestamp,
) -> Option<Payload> {
    let document = match runtime.store().document(KIND, &key_of(job, wish)).await {
        Ok(document) => document?,
        Err(error) => {
            warn!(execution = %job.execution, %error, "a kept result cannot be read");
            return None;
        }
    };
    let kept: Kept = serde_json::from_slice(&document.body).ok()?;
    let is_good = kept.v == FORMAT && kept.until.is_none_or(|until| now < until);
    is_good.then_some(kept.output)
}

/// Keeps a result; that it cannot be kept does not fail the task.
pub(crate) async fn keep(
    runtime: &Runtime,
    job: &Job,
    wish: &CacheWish,
    output: &Payload,
    now: Timestamp,
) {
    let until = wish.ttl_ms.map(|ttl| now.after(Duration::from_millis(ttl)));
    let kept = Kept { v: FORMAT, at: now, until, output: output.clone() };
    let body: Bytes = serde_json::to_vec(&kept).expect("a result is JSON").into();
    let key = key_of(job, wish);
    let change = DocumentChange { kind: KIND, key, expected: Expected::Any, body: Some(body) };
    if !matches!(runtime.write(vec![change]).await, Outcome::Committed { .. }) {
        warn!(execution = %job.execution, "a result could not be kept");
    }
}

/// Says whether a kept result is of no use any more at `now`; one that is good for ever goes if it was
/// made before `old`.
pub fn is_stale(document: &Document, now: Timestamp, old: Option<Timestamp>) -> bool {
    let Ok(kept) = serde_json::from_slice::<Kept>(&document.body) else { return false };
    match kept.until {
        Some(until) => until <= now,
        None => old.is_some_and(|old| kept.at <= old),
    }
}

/// Results are those of a pipeline and a task; the key that tells them apart may be long.
fn key_of(job: &Job, wish: &CacheWish) -> String {
    let pipeline: Vec<&str> = job.execution.0.split(':').take(7).collect();
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(wish.key.as_bytes()));
    format!("{}/{}/{digest}", pipeline.join(":"), job.offer.state)
}
