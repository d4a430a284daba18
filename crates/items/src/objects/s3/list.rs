//! The objects of a bucket, page by page.

use std::vec;

use reqwest::Method;

use super::call::Call;
use super::{S3, answer};
use crate::objects::{Entry, Failure, Location};

/// Largest page, bytes of XML.
const PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The objects whose keys begin with a prefix.
pub(super) struct S3List {
    s3: S3,
    prefix: Location,
    entries: vec::IntoIter<Entry>,
    next: Next,
}

enum Next {
    First,
    After(String),
    Nothing,
}

impl S3List {
    pub(super) fn new(s3: S3, prefix: Location) -> Self {
        Self { s3, prefix, entries: Vec::new().into_iter(), next: Next::First }
    }

    async fn page(&self, after: Option<String>) -> Result<answer::Page, Failure> {
        let bucket = Location { key: String::new(), ..self.prefix.clone() };
        let mut call = Call::new(Method::GET, &bucket);
        call.query.push(("list-type", "2".to_owned()));
        call.query.push(("encoding-type", "url".to_owned()));
        call.query.push(("prefix", self.prefix.key.clone()));
        call.query.extend(after.map(|token| ("continuation-token", token)));
        let response = self.s3.send(&call).await?;
        answer::page(&self.s3.body(response, PAGE_BYTES_MAX).await?)
    }
}

impl Iterator for S3List {
    type Item = Result<Entry, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Some(Ok(entry));
            }
            let after = match std::mem::replace(&mut self.next, Next::Nothing) {
                Next::First => None,
                Next::After(token) => Some(token),
                Next::Nothing => return None,
            };
            match self.s3.wait(self.page(after.clone())) {
                // A list that does not get on would never end.
                Ok(page) if page.next.is_some() && page.next == after => {
                    return Some(Err(Failure::new(
                        "The answer of ListObjectsV2 repeats itself.".to_owned(),
                    )));
                }
                Ok(page) => {
                    self.entries = page.entries.into_iter();
                    self.next = page.next.map_or(Next::Nothing, Next::After);
                }
                Err(failure) => return Some(Err(failure)),
            }
        }
    }
}
