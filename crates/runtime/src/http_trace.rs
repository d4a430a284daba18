//! What a test of a task shows of its HTTP call.

/// How HTTP calls are traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpTracing {
    /// Without what a connection adds.
    Redacted,
    /// As they are sent.
    Revealed,
}

/// A call and its answer, as texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpTrace {
    /// What was sent.
    pub request: TracedRequest,
    /// What came back; nothing if the call broke.
    pub response: Option<TracedResponse>,
}

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedRequest {
    /// `http` or `https`.
    pub protocol: String,
    /// Such as `POST`.
    pub method: String,
    /// Where to.
    pub url: String,
    /// All headers: `[name: value, name: value]`.
    pub headers: String,
    /// The body, if there was one.
    pub body: Option<String>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedResponse {
    /// `http` or `https`.
    pub protocol: String,
    /// Such as `200`.
    pub status_code: String,
    /// Such as `OK`.
    pub status_message: String,
    /// All headers: `[name: value, name: value]`.
    pub headers: String,
    /// The body.
    pub body: String,
}
