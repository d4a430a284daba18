//! Texts at URLs that anybody may read, such as the keys of an issuer of tokens.

use std::time::Duration;

use compasso_aws::{NoAnswer, Request};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode, Url};

use crate::own_network;

/// Longest wait for a text.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer, bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Fetches a text. As for other calls, plain `http` is for one's own network, and no redirect is
/// followed.
///
/// # Errors
/// Why it cannot be had.
pub async fn public_text(client: &Client, url: &str) -> Result<String, String> {
    let url = Url::parse(url).map_err(|error| format!("{url} is no URL: {error}"))?;
    if url.scheme() != "https" && !(url.scheme() == "http" && own_network::contains(&url)) {
        return Err(format!("{url} is no https URL"));
    }
    let request = Request {
        method: Method::GET,
        url,
        headers: HeaderMap::new(),
        body: None,
        timeout: TIMEOUT,
        answer_bytes_max: ANSWER_BYTES_MAX,
    };
    let answer = request.send(client).await.map_err(|why| match why {
        NoAnswer::Timeout => format!("there was no answer within {} s", TIMEOUT.as_secs()),
        NoAnswer::Socket(why) => why,
        NoAnswer::TooLarge => format!("the answer is larger than {ANSWER_BYTES_MAX} bytes"),
    })?;
    if answer.status != StatusCode::OK {
        return Err(format!("the answer has the status {}", answer.status.as_u16()));
    }
    String::from_utf8(answer.body).map_err(|_| "the answer is no text".to_owned())
}
