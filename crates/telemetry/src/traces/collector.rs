//! Sending spans by OTLP over HTTP, as JSON.

use std::time::Duration;

use compasso_aws::{NoAnswer, Request, http_client};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};
use serde_json::{Value, json};

use super::span::Span;
use crate::outlet::{Delivery, Stuck};

/// The path below the endpoint.
const PATH: &str = "/v1/traces";
/// Longest time for a call.
const CALL_MAX: Duration = Duration::from_secs(10);
/// Largest answer that is read, bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

pub(super) struct Collector {
    url: Url,
    headers: HeaderMap,
    client: Client,
}

impl Collector {
    /// Takes an address such as `http://127.0.0.1:4318`, and headers as `name=value,name=value`.
    pub(super) fn new(endpoint: &str, headers: Option<&str>) -> Result<Self, String> {
        let url = Url::parse(&format!("{}{PATH}", endpoint.trim_end_matches('/')));
        let url = url.map_err(|error| format!("endpoint {endpoint} of [traces]: {error}"))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(format!(
                "endpoint {endpoint} of [traces]: only http and https can be called"
            ));
        }
        let mut all = HeaderMap::new();
        all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for header in headers.into_iter().flat_map(|text| text.split(',')) {
            let read = header.split_once('=').and_then(|(name, value)| {
                let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
                let mut value = HeaderValue::from_str(value.trim()).ok()?;
                value.set_sensitive(true);
                Some((name, value))
            });
            let (name, value) = read.ok_or("headers of [traces] are name=value,name=value")?;
            all.insert(name, value);
        }
        let client = http_client().map_err(|error| error.to_string())?;
        Ok(Self { url, headers: all, client })
    }
}

impl Delivery for Collector {
    type Parcel = Span;

    async fn deliver(&mut self, batch: &mut [Span]) -> Result<(), Stuck> {
        let request = Request {
            method: Method::POST,
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: Some(body(batch).to_string().into_bytes()),
            timeout: CALL_MAX,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        match request.send(&self.client).await {
            Ok(answer) if answer.status.is_success() => Ok(()),
            Ok(answer) => Err(format!("it answered {}", answer.status).into()),
            Err(NoAnswer::Timeout) => Err("it did not answer in time".to_owned().into()),
            Err(NoAnswer::TooLarge) => Ok(()),
            Err(NoAnswer::Socket(why)) => Err(why.into()),
        }
    }
}

fn body(batch: &[Span]) -> Value {
    let spans: Vec<_> = batch.iter().map(Span::json).collect();
    let version = env!("CARGO_PKG_VERSION");
    json!({"resourceSpans": [{
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "compasso"}},
            {"key": "service.version", "value": {"stringValue": version}},
        ]},
        "scopeSpans": [{"scope": {"name": "compasso", "version": version}, "spans": spans}],
    }]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_headers_that_can_be_used_are_taken() {
        let collector = Collector::new("http://127.0.0.1:4318/", Some("a=b, x-key = c=d")).unwrap();
        assert_eq!(collector.url.as_str(), "http://127.0.0.1:4318/v1/traces");
        assert_eq!(collector.headers["x-key"], "c=d");
        for (endpoint, headers) in
            [("127.0.0.1:4318", None), ("ftp://a", None), ("http://a", Some("no value"))]
        {
            let refused = Collector::new(endpoint, headers).err().unwrap();
            assert!(refused.contains("[traces]"), "{refused}");
        }
    }
}
