//! What S3 answers, which is XML.

use compasso_types::Timestamp;
use percent_encoding::percent_decode_str;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use roxmltree::{Document, Node};

use crate::objects::{Entry, Failure};

/// Some entries of a list.
pub(super) struct Page {
    pub(super) entries: Vec<Entry>,
    /// How to go on after them; absent on the last page.
    pub(super) next: Option<String>,
}

/// Returns what a refusal says, in the form that causes have.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(body);
    let document = Document::parse(&text).ok();
    let root = document.as_ref().map(Document::root_element);
    let member = |name: &str| root.and_then(|root| child(root, name)).map(str::to_owned);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let code = member("Code").unwrap_or_else(|| status.as_u16().to_string());
    let reason = || status.canonical_reason().unwrap_or_default().to_owned();
    let message = member("Message").unwrap_or_else(reason);
    let request_id = header("x-amz-request-id").map(str::to_owned).or_else(|| member("RequestId"));
    let host_id = header("x-amz-id-2").map(str::to_owned).or_else(|| member("HostId"));
    let cause = format!(
        "{message} (Service: Amazon S3; Status Code: {}; Error Code: {code}; Request ID: {}; \
         S3 Extended Request ID: {}; Proxy: null)",
        status.as_u16(),
        request_id.as_deref().unwrap_or("null"),
        host_id.as_deref().unwrap_or("null"),
    );
    if status == StatusCode::NOT_FOUND { Failure::missing(cause) } else { Failure::new(cause) }
}

/// Reads a page of a list.
pub(super) fn page(body: &[u8]) -> Result<Page, Failure> {
    let malformed = || Failure::new("The answer of ListObjectsV2 is malformed.".to_owned());
    let text = str::from_utf8(body).map_err(|_| malformed())?;
    let document = Document::parse(text).map_err(|_| malformed())?;
    let root = document.root_element();
    let is_encoded = child(root, "EncodingType") == Some("url");
    let entries = root.children().filter(|node| named(*node, "Contents"));
    let entries = entries.map(|node| entry(node, is_encoded).ok_or_else(malformed));
    let is_truncated = child(root, "IsTruncated") == Some("true");
    let next = child(root, "NextContinuationToken").map(str::to_owned);
    if is_truncated && next.is_none() {
        return Err(malformed());
    }
    Ok(Page { entries: entries.collect::<Result<_, _>>()?, next: next.filter(|_| is_truncated) })
}

/// Returns the id of an upload in parts that has begun.
pub(super) fn upload_id(body: &[u8]) -> Result<String, Failure> {
    let text = String::from_utf8_lossy(body);
    let document = Document::parse(&text).ok();
    let id = document.as_ref().and_then(|document| child(document.root_element(), "UploadId"));
    let malformed = || Failure::new("The answer of CreateMultipartUpload is malformed.".to_owned());
    id.map(str::to_owned).ok_or_else(malformed)
}

/// Returns the refusal that the answer to the completion of an upload holds: S3 begins it before it
/// knows how it ends.
pub(super) fn late_refusal(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<Failure> {
    let text = String::from_utf8_lossy(body);
    let is_error = Document::parse(&text).is_ok_and(|found| named(found.root_element(), "Error"));
    is_error.then(|| refusal(status, headers, body))
}

fn entry(node: Node<'_, '_>, is_encoded: bool) -> Option<Entry> {
    let key = child(node, "Key").unwrap_or_default();
    let last_modified: Timestamp = child(node, "LastModified")?.parse().ok()?;
    Some(Entry {
        key: if is_encoded { decoded(key)? } else { key.to_owned() },
        tag: child(node, "ETag").unwrap_or_default().to_owned(),
        last_modified: last_modified.epoch_seconds(),
        size: child(node, "Size")?.parse().ok()?,
        storage_class: child(node, "StorageClass").unwrap_or("STANDARD").to_owned(),
    })
}

fn decoded(key: &str) -> Option<String> {
    let text = key.replace('+', " ");
    Some(percent_decode_str(&text).decode_utf8().ok()?.into_owned())
}

fn child<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children().find(|child| named(*child, name))?.text()
}

/// Whether an element has a name, whatever its namespace is.
fn named(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}
