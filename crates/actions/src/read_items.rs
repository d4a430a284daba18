//! `compasso:read-items`: the next few items of an `each` that is read from a file or a list.
//!
//! Each call reads on where the one before ended. The stream is kept in between, so that nothing is
//! read twice as long as the server runs; without it the items before are read and dropped. They must
//! be the same then: a tag goes from call to call. A file has one; that of a list is made of what was
//! read of it, and once a list has been read by several calls, it is looked at again as a whole.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use compasso_connectors::Parameters;
use compasso_engine::{TaskError, TaskResult};
use compasso_items::{ItemReader, ItemStream, ItemsError, Stores};
use compasso_runtime::Job;
use compasso_types::{ItemAddress, Json, Payload};
use sha2::{Digest, Sha256};

/// Items of one call, unless they are large; batches count each.
const ITEMS_MAX: usize = 1_000;
/// Bytes of the items of one call, roughly; one item may be larger.
const BYTES_MAX: usize = 1024 * 1024;
/// Streams that are kept between calls; the one that was used longest ago makes room.
const STREAMS_MAX: usize = 64;

/// The kinds of sources: an input of the action, and how what it names is read.
const KINDS: [&str; 3] = ["csv", "jsonl", "s3"];

/// Streams between two calls.
#[derive(Default)]
pub(crate) struct Streams(Mutex<VecDeque<Kept>>);

struct Kept {
    /// The execution and the entry of its state.
    of: (String, u64),
    /// How many items were read.
    read: u64,
    stream: ItemStream,
}

impl Streams {
    fn take(&self, of: &(String, u64), read: u64) -> Option<ItemStream> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|kept| kept.of == *of)?;
        let found = kept.remove(at)?;
        (found.read == read).then_some(found.stream)
    }

    fn keep(&self, kept: Kept) {
        let mut streams = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if streams.len() >= STREAMS_MAX {
            streams.pop_front();
        }
        streams.push_back(kept);
    }
}

/// Reads from `csv`, `jsonl` or `s3` on after the first `from` items, `batch` of them together if it is
/// given, and returns `{items, read, last, tag}`; `tag` is there again in the next call.
pub(crate) async fn run(
    streams: &Streams,
    stores: &Stores,
    parameters: &Parameters<'_>,
    job: &Job,
) -> TaskResult {
    let of = (job.execution.0.to_string(), job.offer.task.entry);
    let number = |name| parameters.get(name).and_then(Json::as_i64).unwrap_or(0).unsigned_abs();
    let (from, batch) = (number("from"), number("batch"));
    let (reader, known) = (reader(parameters)?, parameters.get("tag").and_then(Json::as_str));
    let (mut stream, mut tag) = match streams.take(&of, from) {
        Some(stream) => (stream, known.map(str::to_owned)),
        None => open_at(&reader, stores, from, known).await.map_err(failed)?,
    };
    let (items, read, is_last) = read_some(&mut stream, batch).await?;
    if reader.is_list() {
        tag = Some(tag_of_list(tag.as_deref(), &items, batch));
        // What one call reads is one answer of the store.
        if is_last && from > 0 && listed(&reader, stores, None).await.map_err(failed)?.1 != tag {
            return Err(failed(ItemsError::list_changed()));
        }
    }
    if !is_last {
        streams.keep(Kept { of, read: from + read, stream });
    }
    let read = i64::try_from(read).unwrap_or(i64::MAX);
    let given = [("items", items), ("read", read.into()), ("last", is_last.into())];
    let tag = tag.map(|tag| ("tag", Json::from(tag)));
    Ok(Payload::from(Json::object(given.into_iter().chain(tag))))
}

/// Opens what is read, behind the first `from` items. What has a tag must have the one that is known.
async fn open_at(
    reader: &ItemReader,
    stores: &Stores,
    from: u64,
    known: Option<&str>,
) -> Result<(ItemStream, Option<String>), ItemsError> {
    if reader.is_list() {
        let (stream, tag) = listed(reader, stores, Some(from)).await?;
        // Earlier versions gave lists no tag.
        return match known {
            Some(known) if tag.as_deref() != Some(known) => Err(ItemsError::list_changed()),
            Some(_) | None => Ok((stream, tag)),
        };
    }
    let tag = reader.tag(stores).await?;
    if known.is_some_and(|known| tag.as_deref() != Some(known)) {
        return Err(ItemsError::changed());
    }
    let mut stream = reader.open_tagged(stores, tag.clone())?;
    for _ in 0..from {
        stream.next().await?;
    }
    Ok((stream, tag))
}

/// Reads the first `count` entries of a list, or all; returns it behind them, and the tag of what was
/// read.
async fn listed(
    reader: &ItemReader,
    stores: &Stores,
    count: Option<u64>,
) -> Result<(ItemStream, Option<String>), ItemsError> {
    let (mut stream, mut tag, mut left) = (reader.open(stores)?, None, count.unwrap_or(u64::MAX));
    while left > 0
        && let Some(item) = stream.next().await?
    {
        tag = Some(tag_with(tag.as_deref(), &item.value));
        left -= 1;
    }
    Ok((stream, tag))
}

/// Returns the tag of a list of which more was read: `items`, in arrays unless `batch` is 0.
fn tag_of_list(before: Option<&str>, items: &Json, batch: u64) -> String {
    let of = |value: &Json| value.as_array().map(|items| items.to_vec()).unwrap_or_default();
    let mut entries = of(items);
    if batch > 0 {
        entries = entries.iter().flat_map(of).collect();
    }
    let before = before.unwrap_or_default().to_owned();
    entries.iter().fold(before, |tag, entry| tag_with(Some(&tag), entry))
}

fn tag_with(before: Option<&str>, entry: &Json) -> String {
    let mut hash = Sha256::new();
    hash.update(before.unwrap_or_default());
    hash.update(entry.to_string());
    BASE64.encode(hash.finalize())
}

/// Reads items, in arrays of `batch` unless that is 0; returns how many, and whether these are the last.
async fn read_some(stream: &mut ItemStream, batch: u64) -> Result<(Json, u64, bool), TaskError> {
    let size = usize::try_from(batch).unwrap_or(usize::MAX);
    let (mut items, mut open, mut read, mut bytes) = (Vec::new(), Vec::new(), 0_u64, 0_usize);
    let is_last = loop {
        if open.is_empty() && (read as usize >= ITEMS_MAX || bytes >= BYTES_MAX) {
            break false;
        }
        let Some(item) = stream.next().await.map_err(failed)? else { break true };
        read += 1;
        bytes += item.value.to_string().len();
        if size == 0 {
            items.push(item.value);
            continue;
        }
        open.push(item.value);
        if open.len() >= size {
            items.push(Json::from(std::mem::take(&mut open)));
        }
    };
    if !open.is_empty() {
        items.push(Json::from(open));
    }
    Ok((Json::from(items), read, is_last))
}

/// Makes the reader of what the parameters name.
fn reader(parameters: &Parameters<'_>) -> Result<ItemReader, TaskError> {
    let named = KINDS.iter().find_map(|kind| {
        parameters.get(kind).and_then(Json::as_str).map(|address| (*kind, address))
    });
    let Some((kind, address)) = named else {
        return Err(parameters.refuse("'each' names no file"));
    };
    let is_prefix = kind == "s3";
    let found = ItemAddress::parse(address, is_prefix);
    let found = found.ok_or_else(|| failed(ItemsError::no_address(address, is_prefix)))?;
    let ItemAddress { bucket, key } = found;
    let text = |text: &str| Json::from(text);
    let (resource, name, config) = match kind {
        "csv" => {
            let config = [("InputType", text("CSV")), ("CSVHeaderLocation", text("FIRST_ROW"))];
            ("getObject", "Key", Json::object(config))
        }
        "jsonl" => ("getObject", "Key", Json::object([("InputType", text("JSONL"))])),
        _ => ("listObjectsV2", "Prefix", Json::empty_object()),
    };
    let field = Json::object([
        ("Resource", Json::from(format!("arn:aws:states:::s3:{resource}"))),
        ("Arguments", Json::object([("Bucket", text(bucket)), (name, text(key))])),
        ("ReaderConfig", config),
    ]);
    ItemReader::from_json(&field).map_err(failed)
}

fn failed(error: ItemsError) -> TaskError {
    TaskError::new(error.error, error.cause)
}
