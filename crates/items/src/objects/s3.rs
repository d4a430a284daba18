//! S3, and what speaks its protocol.
//!
//! Calls are made from threads for blocking work. Each is bounded in time; what can be tried again
//! is, a few times.

mod address;
mod answer;
mod call;
mod download;
mod list;
#[cfg(test)]
mod tests;
mod upload;

use std::io::Read;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use compasso_aws::{AwsClient, AwsSettings};
use reqwest::header::{
    CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, IF_MATCH, RANGE,
};
use reqwest::{Method, StatusCode};
use tokio::runtime::Handle;
use tokio::sync::watch;

use self::call::{Call, Refused};
use self::download::Download;
use self::list::S3List;
use self::upload::MultipartUpload;
use super::{Failure, Info, List, Location, ObjectStore, Upload};

/// S3 as the settings have it. `clone` is cheap.
#[derive(Clone)]
pub(crate) struct S3 {
    inner: Arc<Inner>,
    /// Its sender is gone when nobody needs an answer any more.
    until: Option<watch::Receiver<()>>,
}

struct Inner {
    settings: AwsSettings,
    own: Option<String>,
    client: OnceLock<AwsClient>,
    bounds: Bounds,
}

/// How long things may take.
#[derive(Clone, Copy)]
struct Bounds {
    /// The head of an answer to a request without a body.
    head: Duration,
    /// The head of an answer to a request with a body, which is sent first.
    upload: Duration,
    /// A body that is read as a whole.
    body: Duration,
    /// A chunk of an object.
    chunk: Duration,
    /// The wait before the second attempt; before the third it is twice as long.
    retry_delay: Duration,
}

const BOUNDS: Bounds = Bounds {
    head: Duration::from_secs(60),
    upload: Duration::from_secs(300),
    body: Duration::from_secs(60),
    chunk: Duration::from_secs(60),
    retry_delay: Duration::from_millis(200),
};

impl S3 {
    pub(super) fn new(settings: AwsSettings, own: Option<String>) -> Self {
        Self::with_bounds(settings, own, BOUNDS)
    }

    fn with_bounds(settings: AwsSettings, own: Option<String>, bounds: Bounds) -> Self {
        let inner = Inner { settings, own, client: OnceLock::new(), bounds };
        Self { inner: Arc::new(inner), until: None }
    }

    /// Returns the same, for as long as somebody needs it.
    pub(super) fn until(&self, until: watch::Receiver<()>) -> Self {
        Self { until: Some(until), ..self.clone() }
    }

    /// Waits where it may block.
    fn wait<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let mut until = self.until.clone();
        let unneeded = async {
            match &mut until {
                Some(until) => while until.changed().await.is_ok() {},
                None => std::future::pending().await,
            }
        };
        Handle::current().block_on(async {
            tokio::select! {
                biased;
                () = unneeded => Err(Failure::new("Nobody needs the answer any more.".to_owned())),
                answer = work => answer,
            }
        })
    }

    /// Asks for an object's bytes from `start` on, the next `length` or all.
    async fn get(
        &self,
        location: &Location,
        tag: Option<&str>,
        start: u64,
        length: Option<usize>,
    ) -> Result<reqwest::Response, Refused> {
        let mut call = Call::new(Method::GET, location);
        call.query.extend(location.version.clone().map(|version| ("versionId", version)));
        if start > 0 || length.is_some() {
            let end = length.map(|length| (start + length as u64 - 1).to_string());
            call.headers.push((RANGE, format!("bytes={start}-{}", end.unwrap_or_default())));
        }
        call.headers.extend(tag.map(|tag| (IF_MATCH, tag.to_owned())));
        self.send(&call).await
    }
}

impl ObjectStore for S3 {
    fn open(&self, location: &Location) -> Result<Box<dyn Read + Send>, Failure> {
        Ok(Box::new(Download::begin(self.clone(), location.clone())?))
    }

    fn info(&self, location: &Location) -> Result<Info, Failure> {
        // The answer to HEAD has no body, which says what is wrong.
        self.wait(async {
            match self.get(location, None, 0, Some(1)).await {
                Ok(response) => info_of(response.headers(), location),
                Err(refused) if refused.status == Some(StatusCode::RANGE_NOT_SATISFIABLE) => {
                    Ok(Info { size: 0, tag: None })
                }
                Err(refused) => Err(refused.failure),
            }
        })
    }

    fn read_at(
        &self,
        location: &Location,
        info: &Info,
        start: u64,
        length: usize,
    ) -> Result<Vec<u8>, Failure> {
        self.wait(async {
            let tag = info.tag.as_deref();
            let response = self.get(location, tag, start, Some(length)).await?;
            let bytes = self.body(response, length).await?;
            if bytes.len() == length {
                return Ok(bytes);
            }
            Err(Failure::new(format!("The object {} is shorter than it said.", location.source())))
        })
    }

    fn list(&self, prefix: &Location) -> Result<List, Failure> {
        Ok(Box::new(S3List::new(self.clone(), prefix.clone())))
    }

    fn create(&self, location: &Location) -> Result<Box<dyn Upload>, Failure> {
        Ok(Box::new(MultipartUpload::new(self.clone(), location.clone())))
    }
}

/// Returns what the headers of an answer say about the whole object.
fn info_of(headers: &HeaderMap, location: &Location) -> Result<Info, Failure> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    // A part's length is not the object's.
    let size = match text(CONTENT_RANGE) {
        Some(range) => range.rsplit('/').next(),
        None => text(CONTENT_LENGTH),
    };
    let size = size.and_then(|size| size.parse().ok()).ok_or_else(|| {
        Failure::new(format!("The size of the object {} is not known.", location.source()))
    })?;
    Ok(Info { size, tag: text(ETAG).map(str::to_owned) })
}
