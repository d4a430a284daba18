//! Moving committed pages from the write-ahead log into the file, beside the commits.
//!
//! A commit that has to do this by itself takes as long as a disk needs for tens of mebibytes. So a
//! thread does most of it while commits go on, and the writer only the rest, after which the log
//! starts over. Without the writer's part the log would never end under load.

use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use rusqlite::hooks::Wal;
use tracing::{error, warn};

use crate::open::OpenError;

/// How often the thread goes over the log, in which new pages appear meanwhile.
const PASSES_MAX: usize = 4;

/// The thread tries to leave at most this part of the pages that started it to the writer.
const REST_PART: u32 = 16;

/// When the log has grown this many times as much, the writer stops to shorten it.
const STOP_FACTOR: u32 = 4;

/// The writer's side.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    /// From how many new pages on the log is brought in.
    start: u32,
    /// How many pages the log has.
    pages: Arc<AtomicU32>,
    /// How many it had when it was last brought in; 0 after it started over.
    done: u32,
    running: bool,
    finished: Arc<AtomicBool>,
    wishes: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Checkpoints {
    /// Watches `writer`, and starts the thread with a connection of its own. The log is brought in
    /// when it has grown by `start` pages.
    pub(crate) fn start(
        writer: &mut Connection,
        own: Connection,
        start: u32,
    ) -> Result<Self, OpenError> {
        let pages = Arc::new(AtomicU32::new(0));
        let finished = Arc::new(AtomicBool::new(false));
        let length = pages.clone();
        writer.wal_hook(Some(move |_: &mut Wal, pages: c_int| {
            length.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        let (wishes, receiver) = sync_channel(1);
        let signal = finished.clone();
        let thread = thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || serve(&own, &receiver, &signal, i64::from(start / REST_PART)))?;
        Ok(Self { start, pages, done: 0, running: false, finished, wishes, thread })
    }

    /// Does what a commit makes necessary.
    pub(crate) fn after_commit(&mut self, writer: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.done {
            self.done = 0;
        }
        let grown = pages - self.done;
        if self.finished.load(Ordering::Acquire) || grown >= self.start * STOP_FACTOR {
            if bring_in(writer).is_some() {
                self.finished.store(false, Ordering::Relaxed);
                self.done = pages;
                self.running = false;
            }
        } else if grown >= self.start && !self.running {
            self.running = self.wishes.try_send(()).is_ok();
        }
    }

    /// Ends the thread.
    pub(crate) fn close(self) {
        drop(self.wishes);
        if self.thread.join().is_err() {
            error!("the checkpoint thread has panicked");
        }
    }
}

fn serve(connection: &Connection, wishes: &Receiver<()>, finished: &AtomicBool, rest: i64) {
    while wishes.recv().is_ok() {
        for _ in 0..PASSES_MAX {
            if bring_in(connection).is_none_or(|left| left <= rest) {
                break;
            }
        }
        finished.store(true, Ordering::Release);
    }
}

/// Copies pages into the file, as far as nobody reads older ones; returns how many are left, or
/// `None` if the other side is at it.
fn bring_in(connection: &Connection) -> Option<i64> {
    let pass =
        connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)").and_then(|mut pragma| {
            pragma.query_row([], |row| {
                let (busy, all, done): (bool, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok((!busy).then_some(all - done))
            })
        });
    pass.unwrap_or_else(|error| {
        // Everything stays in the log, from which the next attempt takes it.
        warn!(%error, "the write-ahead log is not brought into the file");
        Some(0)
    })
}
