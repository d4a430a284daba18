//! Output of a program on its way to the task's log, in lines and within bounds.

use std::sync::atomic::{AtomicUsize, Ordering};

use compasso_runtime::Reporter;
use compasso_store::LogStream;

/// Longest line, bytes; a longer one is cut into several.
const LINE_BYTES_MAX: usize = 8 * 1024;
/// Most output of one attempt that is kept, bytes.
const LOG_BYTES_MAX: usize = 1024 * 1024;

/// Keeps lines of both streams of one attempt.
pub(crate) struct TaskLog {
    reporter: Reporter,
    bytes: AtomicUsize,
}

/// Cuts one stream into lines.
pub(crate) struct Lines<'a> {
    log: &'a TaskLog,
    stream: LogStream,
    rest: Vec<u8>,
}

impl TaskLog {
    pub(crate) fn new(reporter: Reporter) -> Self {
        Self { reporter, bytes: AtomicUsize::new(0) }
    }

    pub(crate) fn lines(&self, stream: LogStream) -> Lines<'_> {
        Lines { log: self, stream, rest: Vec::new() }
    }

    fn keep(&self, stream: LogStream, line: &[u8]) {
        // An empty line counts too, or endless line breaks would be kept without end.
        let counted = line.len() + 1;
        let before = self.bytes.fetch_add(counted, Ordering::Relaxed);
        if before.saturating_add(counted) <= LOG_BYTES_MAX {
            self.reporter.log(stream, &String::from_utf8_lossy(line));
        } else if before <= LOG_BYTES_MAX {
            let note = format!("(output beyond {LOG_BYTES_MAX} bytes is not kept)");
            self.reporter.log(stream, &note);
        }
    }
}

impl Lines<'_> {
    /// Takes what was just read.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(piece);
            if self.rest.ends_with(b"\n") {
                self.flush();
            }
            while self.rest.len() > LINE_BYTES_MAX {
                let line: Vec<u8> = self.rest.drain(..LINE_BYTES_MAX).collect();
                self.log.keep(self.stream, &line);
            }
        }
    }

    /// Keeps a last line that has no line break.
    pub(crate) fn finish(&mut self) {
        if !self.rest.is_empty() {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let line = std::mem::take(&mut self.rest);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        for piece in line.chunks(LINE_BYTES_MAX) {
            self.log.keep(self.stream, piece);
        }
        if line.is_empty() {
            self.log.keep(self.stream, b"");
        }
    }
}
