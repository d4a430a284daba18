//! Reads an object from its beginning to its end, going on where a connection broke.

use std::io::{self, Read};

use compasso_aws::NoAnswer;
use reqwest::{Response, StatusCode};
use tokio::time::timeout;

use super::call::Refused;
use super::{S3, call, info_of};
use crate::objects::{Failure, Info, Location};

/// How much is gathered before it is handed on.
const CHUNK_BYTES: usize = 64 * 1024;
/// How often reading goes on with another connection before one brings a whole chunk.
const RESUMES_MAX: u32 = 3;

/// An object that is being read.
pub(super) struct Download {
    s3: S3,
    location: Location,
    info: Info,
    /// Absent after a connection broke.
    response: Option<Response>,
    chunk: Vec<u8>,
    /// What of the chunk was handed on.
    taken: usize,
    /// What was received of the object.
    received: u64,
    resumes: u32,
}

impl Download {
    pub(super) fn begin(s3: S3, location: Location) -> Result<Self, Failure> {
        let tag = location.tag.as_deref();
        let begin = async { s3.get(&location, tag, 0, None).await };
        let response = s3.wait(async { begin.await.map_err(|it| refusal(it, &location)) })?;
        let info = info_of(response.headers(), &location)?;
        Ok(Self {
            s3,
            location,
            info,
            response: Some(response),
            chunk: Vec::with_capacity(CHUNK_BYTES),
            taken: 0,
            received: 0,
            resumes: 0,
        })
    }

    /// Fills the chunk; it is empty at the end of the object.
    async fn next_chunk(&mut self) -> Result<(), Failure> {
        self.chunk.clear();
        self.taken = 0;
        while self.chunk.is_empty() && self.received < self.info.size {
            let mut response = match self.response.take() {
                Some(response) => response,
                None => self.resume().await?,
            };
            let mut gathered = std::mem::take(&mut self.chunk);
            let wanted = self.info.size - self.received;
            let outcome =
                timeout(self.s3.inner.bounds.chunk, gather(&mut response, &mut gathered, wanted))
                    .await;
            // What came before something went wrong is kept.
            self.received += gathered.len() as u64;
            self.chunk = gathered;
            match outcome.unwrap_or(Err(NoAnswer::Timeout)) {
                Ok(()) => {
                    self.response = Some(response);
                    self.resumes = 0;
                }
                Err(why) if self.resumes >= RESUMES_MAX => return Err(call::unanswered(why)),
                Err(_) => self.resumes += 1,
            }
        }
        Ok(())
    }

    /// Asks for the rest of the object.
    async fn resume(&mut self) -> Result<Response, Failure> {
        let tag = self.info.tag.as_deref();
        let source = self.location.source();
        match self.s3.get(&self.location, tag, self.received, None).await {
            Ok(response) if self.received == 0 || is_rest(&response, self.received) => Ok(response),
            Ok(_) => {
                Err(Failure::new(format!("The object {source} cannot be read from its middle.")))
            }
            Err(refused) => Err(refusal(refused, &self.location)),
        }
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.chunk.len() {
            let s3 = self.s3.clone();
            s3.wait(self.next_chunk()).map_err(io::Error::other)?;
        }
        let count = buffer.len().min(self.chunk.len() - self.taken);
        buffer[..count].copy_from_slice(&self.chunk[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

/// Says why an object of a certain tag was not given.
fn refusal(refused: Refused, location: &Location) -> Failure {
    match refused.status {
        Some(StatusCode::PRECONDITION_FAILED) => Failure::changed(location),
        _ => refused.failure,
    }
}

/// Reads until the chunk is large enough or all that is wanted of the object has come.
async fn gather(response: &mut Response, chunk: &mut Vec<u8>, wanted: u64) -> Result<(), NoAnswer> {
    while chunk.len() < CHUNK_BYTES && (chunk.len() as u64) < wanted {
        match response.chunk().await? {
            Some(bytes) => {
                let left = usize::try_from(wanted - chunk.len() as u64).unwrap_or(usize::MAX);
                chunk.extend_from_slice(&bytes[..bytes.len().min(left)]);
            }
            None => return Err(NoAnswer::Socket("connection closed before the end".to_owned())),
        }
    }
    Ok(())
}

/// Whether an answer begins at a place in the object.
fn is_rest(response: &Response, start: u64) -> bool {
    let range = response.headers().get(reqwest::header::CONTENT_RANGE);
    let range = range.and_then(|range| range.to_str().ok()).unwrap_or_default();
    response.status() == StatusCode::PARTIAL_CONTENT
        && range.starts_with(&format!("bytes {start}-"))
}
