//! Requests that an engine has begun to answer.

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use tokio::runtime::Handle;
use tokio::sync::watch;

/// The engine of a node that is the owner; `clone` is cheap.
#[derive(Clone)]
pub struct Here {
    /// What answers.
    pub(super) router: Router,
    /// Where it does: what it began ends with this runtime.
    pub(super) runtime: Handle,
    /// How many requests have no answer yet.
    begun: Arc<watch::Sender<usize>>,
}

impl Here {
    /// Names what answers, and the runtime in which it does.
    pub fn new(router: Router, runtime: Handle) -> Self {
        Self { router, runtime, begun: Arc::new(watch::Sender::new(0)) }
    }

    /// Waits until all requests are answered that were begun.
    pub async fn answered(&self) {
        // The sender is its own.
        let _ = self.begun.subscribe().wait_for(|begun| *begun == 0).await;
    }

    /// Begins a request.
    pub(super) fn begin(&self) -> Begun {
        self.begun.send_modify(|begun| *begun += 1);
        Begun(self.clone())
    }
}

/// A request that is being answered, until it is dropped.
pub(super) struct Begun(Here);

impl Deref for Begun {
    type Target = Here;

    fn deref(&self) -> &Here {
        &self.0
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.0.begun.send_modify(|begun| *begun -= 1);
    }
}
