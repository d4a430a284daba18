//! The threads that read.

pub(crate) mod documents;
pub(crate) mod executions;
pub(crate) mod journal;
pub(crate) mod listings;
pub(crate) mod logs;

use std::io;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use compasso_store::{Answer, ReadError};
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::ready;
use rusqlite::Connection;

use crate::gate::Gate;
use crate::queue::Queue;
use crate::value::read_error;

/// How many reads wait at most; more are refused.
const QUEUE_MAX: usize = 4096;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The threads that read.
#[derive(Debug)]
pub(crate) struct Readers {
    queue: Queue<Job>,
    gate: Arc<Gate>,
}

impl Readers {
    /// Starts a thread for each connection.
    pub(crate) fn start(
        connections: Vec<Connection>,
        gate: Arc<Gate>,
    ) -> io::Result<(Self, Vec<JoinHandle<()>>)> {
        let (queue, jobs) = Queue::new(QUEUE_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        let threads = connections.into_iter().map(|connection| {
            let jobs = jobs.clone();
            thread::Builder::new()
                .name("store-reader".into())
                .spawn(move || serve(&connection, &jobs))
        });
        let threads = threads.collect::<Result<_, _>>()?;
        Ok((Self { queue, gate }, threads))
    }

    /// Reads on one of the threads.
    pub(crate) fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Answer<'static, T> {
        let (sender, answer) = oneshot::channel();
        let gate = self.gate.clone();
        let job = move |connection: &Connection| {
            let result = read(connection).map_err(|error| read_error(&error));
            // Checked afterwards: what was read while a commit failed must not get out either.
            let result = gate.check().and(result);
            // The caller may have stopped waiting.
            let _ = sender.send(result);
        };
        match self.queue.push(Box::new(job)) {
            Ok(()) => answer
                .map(|result| {
                    result.unwrap_or(Err(ReadError::Unavailable("a reader has failed".into())))
                })
                .boxed(),
            Err(reason) => ready(Err(ReadError::Unavailable(reason))).boxed(),
        }
    }

    /// Ends the threads once the queue is empty.
    pub(crate) fn close(&self) {
        self.queue.close();
    }
}

fn serve(connection: &Connection, jobs: &Mutex<Receiver<Job>>) {
    loop {
        // The guard is gone before the job runs: the others fetch theirs meanwhile.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        job(connection);
    }
}
