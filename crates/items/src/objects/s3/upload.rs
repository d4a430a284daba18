//! Writes an object: at once if it is small, in parts if it is large.

use std::io::{self, Write};

use reqwest::header::{CONTENT_TYPE, ETAG};
use reqwest::{Method, Response};
use tokio::runtime::Handle;

use super::call::{Call, Refused};
use super::{S3, answer};
use crate::objects::{Failure, Location, Upload};

/// How large the parts are; only the last one may be smaller.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Largest answer to a part of an upload, bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// An object that is being written.
pub(super) struct MultipartUpload {
    s3: S3,
    location: Location,
    part: Vec<u8>,
    /// Absent until there is more than one part.
    id: Option<String>,
    /// The tags of the parts that were sent.
    tags: Vec<String>,
}

impl MultipartUpload {
    pub(super) fn new(s3: S3, location: Location) -> Self {
        Self { s3, location, part: Vec::new(), id: None, tags: Vec::new() }
    }

    async fn send_part(&mut self) -> Result<(), Failure> {
        let id = match &self.id {
            Some(id) => id.clone(),
            None => self.id.insert(begin(&self.s3, &self.location).await?).clone(),
        };
        let mut call = Call::new(Method::PUT, &self.location);
        call.query.push(("partNumber", (self.tags.len() + 1).to_string()));
        call.query.push(("uploadId", id));
        call.body = std::mem::take(&mut self.part).into();
        let response = self.s3.send(&call).await?;
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
        let missing = || Failure::new("The answer of UploadPart is malformed.".to_owned());
        self.tags.push(tag.ok_or_else(missing)?.to_owned());
        Ok(())
    }

    async fn put(&mut self) -> Result<(), Failure> {
        let mut call = Call::new(Method::PUT, &self.location);
        call.headers.push(json());
        call.body = std::mem::take(&mut self.part).into();
        self.s3.send(&call).await?;
        Ok(())
    }

    async fn complete(&mut self, id: &str) -> Result<(), Failure> {
        self.send_part().await?;
        let mut call = Call::new(Method::POST, &self.location);
        call.query.push(("uploadId", id.to_owned()));
        call.body = part_list(&self.tags).into();
        let response = self.s3.send(&call).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.s3.body(response, ANSWER_BYTES_MAX).await?;
        answer::late_refusal(status, &headers, &body).map_or(Ok(()), Err)
    }
}

impl Write for MultipartUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.part.len() >= PART_BYTES {
            let s3 = self.s3.clone();
            s3.wait(self.send_part()).map_err(io::Error::other)?;
        }
        let count = bytes.len().min(PART_BYTES - self.part.len());
        self.part.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Upload for MultipartUpload {
    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        let s3 = self.s3.clone();
        s3.wait(async {
            let Some(id) = self.id.clone() else {
                return self.put().await;
            };
            self.complete(&id).await?;
            self.id = None;
            Ok(())
        })
    }
}

/// What was sent of an object that is not finished is given up, so that nobody pays for it.
impl Drop for MultipartUpload {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id.take(), Handle::try_current()) else {
            return;
        };
        let (s3, location) = (self.s3.clone(), self.location.clone());
        runtime.spawn(async move { drop(abort(&s3, &location, id).await) });
    }
}

async fn begin(s3: &S3, location: &Location) -> Result<String, Failure> {
    let mut call = Call::new(Method::POST, location);
    call.query.push(("uploads", String::new()));
    call.headers.push(json());
    answer::upload_id(&s3.body(s3.send(&call).await?, ANSWER_BYTES_MAX).await?)
}

async fn abort(s3: &S3, location: &Location, id: String) -> Result<Response, Refused> {
    let mut call = Call::new(Method::DELETE, location);
    call.query.push(("uploadId", id));
    s3.send(&call).await
}

fn json() -> (reqwest::header::HeaderName, String) {
    (CONTENT_TYPE, "application/json".to_owned())
}

/// Returns the list of parts that completes an upload.
fn part_list(tags: &[String]) -> String {
    let part = |(index, tag): (usize, &String)| {
        let tag = tag.replace('&', "&amp;").replace('<', "&lt;");
        format!("<Part><PartNumber>{}</PartNumber><ETag>{tag}</ETag></Part>", index + 1)
    };
    let parts: Vec<_> = tags.iter().enumerate().map(part).collect();
    format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}\
         </CompleteMultipartUpload>",
        parts.concat()
    )
}
