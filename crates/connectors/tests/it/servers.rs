//! Servers on ports of the system's choice: whole ones, and such that say wrong things.

use axum::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Serves a router until the test's runtime ends; returns its URL.
pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// What a raw server does after its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// Closes the connection.
    Close,
    /// Closes its sending half only.
    HalfClose,
    /// Keeps the connection and says nothing more.
    Hold,
}

/// Reads a little of every request and answers with these bytes; returns its URL.
pub(crate) async fn serve_bytes(answer: Vec<u8>, after: After) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 64 * 1024];
                let _ = connection.read(&mut request).await;
                let _ = connection.write_all(&answer).await;
                match after {
                    After::Close => return,
                    After::HalfClose => drop(connection.shutdown().await),
                    After::Hold => {}
                }
                // Ends when the client goes.
                while connection.read(&mut request).await.is_ok_and(|count| count > 0) {}
            });
        }
    });
    url
}
