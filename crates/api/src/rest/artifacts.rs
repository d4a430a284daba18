//! Files that tasks leave for others: `/api/v1/leases/{lease}/artifacts/{name}`, `/artifacts/{sha256}`,
//! `/runs/{id}/artifacts`.

use axum::body::Body;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::access;
use super::answer::{id, json, respond, run_id};
use crate::Edge;
use crate::errors::Failure;

/// Bytes read of a file at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// Keeps a file of a task.
pub(super) async fn keep(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let (mut parts, body) = request.into_parts();
        // The body is not looked at before, so it cannot be signed.
        let viewer = access::worker(&edge, &parts, b"").await?;
        let path = Path::<(String, String)>::from_request_parts(&mut parts, &()).await;
        let Path((lease, name)) =
            path.map_err(|error| Failure::serialization(error.body_text()))?;
        let account = viewer.account.as_deref();
        let chunks = body.into_data_stream();
        Ok(json(&edge.service.dispatcher().keep_artifact(&lease, account, &name, chunks).await?))
    };
    respond(&edge, outcome.await)
}

/// Lists the files that the tasks of a run left.
pub(super) async fn of_run(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let mut parts = request.into_parts().0;
        let viewer = access::reader(&edge, &parts)?;
        let id = run_id(&edge, &viewer, &mut parts).await?;
        Ok(json(&edge.service.run_artifacts(&viewer, &id).await?))
    };
    respond(&edge, outcome.await)
}

/// Answers with a file.
pub(super) async fn fetch(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = async {
        let mut parts = request.into_parts().0;
        let viewer = access::artifact_reader(&edge, &parts).await?;
        let sha256 = id(&mut parts).await?;
        let missing = || {
            let message = format!("There is no artifact {sha256}");
            Failure::not_found("ArtifactDoesNotExist", message)
        };
        let found = edge.service.artifact(&viewer, &sha256).await?;
        let (file, size) = found.ok_or_else(missing)?;
        let mut response = Response::new(Body::from_stream(stream::unfold(file, chunk)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        Ok(response)
    };
    respond(&edge, outcome.await)
}

/// Reads the next part of a file.
async fn chunk(mut file: File) -> Option<(std::io::Result<Bytes>, File)> {
    let mut buffer = vec![0; CHUNK_BYTES];
    match file.read(&mut buffer).await {
        Ok(0) => None,
        Ok(count) => {
            buffer.truncate(count);
            Some((Ok(buffer.into()), file))
        }
        Err(error) => Some((Err(error), file)),
    }
}
