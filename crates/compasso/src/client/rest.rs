//! The REST interface, as the commands on pipelines use it.

use anyhow::Context as _;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use super::{Api, Client, code};

/// Says that no page of another site sends a request.
const MARK: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-compasso-console"), HeaderValue::from_static("1"));

impl Client {
    /// Calls `/api/v1` at a path, given by its parts; an empty answer is null.
    ///
    /// # Errors
    /// See [`Self::call`].
    pub(crate) async fn rest(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: String,
    ) -> anyhow::Result<Value> {
        let headers: HeaderMap = std::iter::once(MARK).collect();
        let url = self.rest_url(path, query)?;
        let answer = self.send(Api::StepFunctions, method, url, headers, body).await?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| self.unreachable(&error))?;
        if !status.is_success() {
            return Err(self.refused(status, &text));
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| self.is_no_server())
    }

    /// Opens a file at a path of `/api/v1`.
    ///
    /// # Errors
    /// See [`Self::call`].
    pub(crate) async fn file(&self, path: &[&str]) -> anyhow::Result<reqwest::Response> {
        let headers: HeaderMap = std::iter::once(MARK).collect();
        let url = self.rest_url(path, &[])?;
        let answer =
            self.send(Api::StepFunctions, Method::GET, url, headers, String::new()).await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let text = answer.text().await.map_err(|error| self.unreachable(&error))?;
        Err(self.refused(status, &text))
    }

    /// Reads pages of a REST listing until `limit` rows are there.
    ///
    /// # Errors
    /// See [`Self::call`].
    pub(crate) async fn rest_pages(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        limit: usize,
    ) -> anyhow::Result<Vec<Value>> {
        let (mut rows, mut next) = (Vec::new(), None::<String>);
        while rows.len() < limit {
            let mut query = query.to_vec();
            query.extend(next.as_deref().map(|next| ("next", next)));
            let mut answer = self.rest(Method::GET, path, &query, String::new()).await?;
            if let Value::Array(page) = answer["items"].take() {
                rows.extend(page);
            }
            match answer["next"].take() {
                Value::String(place) => next = Some(place),
                _ => break,
            }
        }
        rows.truncate(limit);
        Ok(rows)
    }

    /// Describes a pipeline; `None` if there is none of this name.
    ///
    /// # Errors
    /// See [`Self::call`].
    pub(crate) async fn pipeline(&self, name: &str) -> anyhow::Result<Option<Value>> {
        match self.rest(Method::GET, &["pipelines", name], &[], String::new()).await {
            Ok(pipeline) => Ok(Some(pipeline)),
            // What cannot name a pipeline names none.
            Err(error) if ["PipelineDoesNotExist", "InvalidArn"].contains(&code(&error)) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn rest_url(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Url> {
        let mut url = self.url()?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"].iter().chain(path));
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}
