//! Events posted to a URL, one a call.

use std::sync::Arc;
use std::time::Duration;

use compasso_aws::{NoAnswer, Request, http_client};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Url};

use super::event::StatusEvent;
use crate::outlet::{Delivery, Stuck};

/// Longest time for a call.
const CALL_MAX: Duration = Duration::from_secs(10);
/// Largest answer that is read, bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

pub(super) struct Webhook {
    url: Url,
    client: Client,
}

impl Webhook {
    pub(super) fn new(url: &str) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| format!("webhook {url}: {error}"))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(format!("webhook {url}: only http and https can be called"));
        }
        let client = http_client().map_err(|error| error.to_string())?;
        Ok(Self { url, client })
    }

    async fn post(&self, event: &StatusEvent) -> Result<(), String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = Request {
            method: Method::POST,
            url: self.url.clone(),
            headers,
            body: Some(event.text().into_bytes()),
            timeout: CALL_MAX,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        match request.send(&self.client).await {
            Ok(answer) if answer.status.is_success() => Ok(()),
            Ok(answer) => Err(format!("it answered {}", answer.status)),
            Err(NoAnswer::Timeout) => Err("it did not answer in time".to_owned()),
            Err(NoAnswer::TooLarge) => Ok(()),
            Err(NoAnswer::Socket(why)) => Err(why),
        }
    }
}

impl Delivery for Webhook {
    type Parcel = Arc<StatusEvent>;

    async fn deliver(&mut self, batch: &mut [Arc<StatusEvent>]) -> Result<(), Stuck> {
        for (delivered, event) in batch.iter().enumerate() {
            self.post(event).await.map_err(|why| Stuck { delivered, why })?;
        }
        Ok(())
    }
}
