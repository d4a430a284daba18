//! Connections over loopback: the clock stands still until nothing else can happen.

use std::convert::Infallible;
use std::future::pending;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

const REQUEST: &[u8] = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

struct Served {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
    address: std::net::SocketAddr,
    /// Hears of the end of the endless answer.
    given_up: mpsc::Receiver<()>,
}

/// Tells that it was dropped.
struct Dropped(mpsc::Sender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.try_send(());
    }
}

async fn served() -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (give_up, given_up) = mpsc::channel(1);
    let endless = move || {
        let chunks = stream::unfold(Dropped(give_up.clone()), |guard| async {
            Some((Ok::<_, Infallible>(Bytes::from(vec![b'x'; 65_536])), guard))
        });
        async { Body::from_stream(chunks) }
    };
    let router = Router::new()
        .route("/hello", get(|| async { "hello" }))
        .route("/never", get(pending::<()>))
        .route("/endless", get(endless));
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        let _ = stopped.await;
    };
    let task = tokio::spawn(compasso_api::serve(listener, router, stopped));
    Served { task, stop, address, given_up }
}

impl Served {
    async fn send(&self, bytes: &[u8]) -> TcpStream {
        let mut client = TcpStream::connect(self.address).await.unwrap();
        client.write_all(bytes).await.unwrap();
        client
    }
}

/// Reads until the server hangs up.
async fn read(mut client: TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end as well.
    let _ = client.read_to_end(&mut text).await;
    String::from_utf8(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn who_sends_nothing_or_half_a_head_is_hung_up_on() {
    let served = served().await;
    for bytes in [&b""[..], b"GET /hel", b"GET /hello HTTP/1.1\r\nHost: x\r\n"] {
        assert_eq!(read(served.send(bytes).await).await, "");
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_its_answer() {
    let served = served().await;
    let answers = read(served.send(&[REQUEST, REQUEST].concat()).await).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
}

#[tokio::test]
async fn old_and_other_protocols_are_told_apart() {
    let served = served().await;
    let answer = read(served.send(b"GET /hello HTTP/1.0\r\n\r\n").await).await;
    assert!(answer.starts_with("HTTP/1.0 200 OK") && answer.ends_with("hello"), "{answer}");
    for bytes in [&b"nonsense\r\n\r\n"[..], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"]
    {
        let answer = read(served.send(bytes).await).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request"), "{answer}");
    }
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let served = served().await;
    let many = "x: y\r\n".repeat(200);
    let long = format!("x: {}\r\n", "y".repeat(100_000));
    for headers in [long, many] {
        let head = format!("GET /hello HTTP/1.1\r\n{headers}\r\n");
        let answer = read(served.send(head.as_bytes()).await).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

#[tokio::test]
async fn a_reader_that_takes_nothing_loses_its_connection() {
    let mut served = served().await;
    let client = served.send(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await;
    tokio::time::pause();
    assert_eq!(served.given_up.recv().await, Some(()));
    drop(client);
}

#[tokio::test]
async fn a_stop_waits_for_open_requests_as_long_as_the_caller_does() {
    let served = served().await;
    let waiting = served.send(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut idle = served.send(REQUEST).await;
    idle.read_u8().await.unwrap();
    served.stop.send(()).unwrap();
    assert!(read(idle).await.ends_with("hello"));
    assert!(!served.task.is_finished());
    served.task.abort();
    assert_eq!(read(waiting).await, "");
}
