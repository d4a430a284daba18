//! A server that starts before its database: it waits for it, and answers meanwhile that it does.

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use compasso_cluster::without_store;
use compasso_runtime::RuntimeError;
use compasso_store::{ReadError, Recurring};
use compasso_store_postgres::OpenError;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{info, warn};

use super::front::{Front, StopRequests};

/// The first pause before the database is tried again, and the longest.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Opens what is in a database, as often as it takes while that is away; `None` if it was asked to stop meanwhile.
///
/// # Errors
/// The database is there and refuses, or does not suit.
pub(super) async fn outlast<T>(
    listener: &TcpListener,
    requests: &mut StopRequests,
    open: impl AsyncFn() -> anyhow::Result<T>,
) -> anyhow::Result<Option<T>> {
    tokio::select! {
        opened = insist(listener, open) => opened.map(Some),
        () = requests.next() => {
            info!("stopping");
            Ok(None)
        }
    }
}

async fn insist<T>(
    listener: &TcpListener,
    open: impl AsyncFn() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let (reason, known) = watch::channel(String::new());
    let mut front = None;
    let mut absence = Recurring::default();
    let mut pause = PAUSE_FIRST;
    loop {
        let error = match open().await {
            Err(error) if is_passing(&error) => error,
            opened => {
                if opened.is_ok() && absence.is_over() {
                    info!("the database answers");
                }
                // The front closes as it goes; answers under way end by themselves.
                return opened;
            }
        };
        let why = format!("{:#}", error.root_cause());
        if let Some(times) = absence.comes(Instant::now()) {
            warn!(why, times, "the database does not answer; this server waits for it");
        }
        reason.send_replace(why);
        if front.is_none() {
            front = Some(Front::open(another(listener)?, without_store(known.clone())));
        }
        sleep(pause).await;
        pause = PAUSE_MAX.min(2 * pause);
    }
}

/// Returns another handle of a port, for as long as nobody else answers there.
fn another(listener: &TcpListener) -> anyhow::Result<TcpListener> {
    let handle = std::net::TcpListener::from(listener.as_fd().try_clone_to_owned()?);
    Ok(TcpListener::from_std(handle)?)
}

/// Says whether an error may go by itself: the database does not answer at present.
pub(super) fn is_passing(error: &anyhow::Error) -> bool {
    let is_away = |error: &ReadError| matches!(error, ReadError::Unavailable(_));
    error.chain().any(|cause| {
        let by_runtime = match cause.downcast_ref() {
            Some(RuntimeError::Read(error)) => is_away(error),
            _ => false,
        };
        let by_opening = matches!(cause.downcast_ref(), Some(OpenError::Unavailable(_)));
        by_runtime || by_opening || cause.downcast_ref().is_some_and(is_away)
    })
}
