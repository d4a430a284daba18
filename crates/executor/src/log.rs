//! Output of programs on its way to the task's log, in lines, masked and within bounds.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use compasso_store::LogStream;
use futures::future::BoxFuture;

use crate::commands::{Command, Complaint};
use crate::masks::{Masks, floor_char_boundary};

/// Most lines of one attempt that are kept: each has its cost, even if it is empty.
const LINES_MAX: usize = 250_000;
/// Longest line, bytes; a longer one is cut into several.
const LINE_BYTES_MAX: usize = 8 * 1024;
/// Most bytes of a character.
const CHARACTER_BYTES_MAX: usize = 4;

/// Where lines go.
pub trait LogSink: Send + Sync {
    /// Keeps a line; does not wait.
    fn line(&self, stream: LogStream, text: &str);

    /// Waits until there is room for more lines: as long as there is none, the program is not read.
    fn room(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Keeps lines of both streams of one attempt; `clone` is the same log.
#[derive(Clone)]
pub struct TaskLog {
    sink: Arc<dyn LogSink>,
    masks: Masks,
    bytes: Arc<AtomicUsize>,
    lines: Arc<AtomicUsize>,
    bytes_max: usize,
    /// Whether it said that it keeps no more.
    is_full: Arc<AtomicBool>,
    /// Whether commands in lines are followed.
    obeys: bool,
    complaint: Arc<Mutex<Option<Complaint>>>,
}

/// Cuts one stream into lines.
pub struct Lines<'a> {
    log: &'a TaskLog,
    stream: LogStream,
    rest: Vec<u8>,
    /// Whether the beginning of the line is kept already.
    is_cut: bool,
}

impl TaskLog {
    /// Makes a log that keeps at most `bytes_max` bytes.
    pub fn new(sink: Arc<dyn LogSink>, masks: Masks, bytes_max: usize) -> Self {
        let (bytes, lines, is_full) = Default::default();
        let complaint = Arc::default();
        Self { sink, masks, bytes, lines, bytes_max, is_full, obeys: false, complaint }
    }

    /// Follows the commands that programs write into their output.
    pub(crate) fn obeying(self) -> Self {
        Self { obeys: true, ..self }
    }

    /// Begins to read a stream.
    pub fn lines(&self, stream: LogStream) -> Lines<'_> {
        Lines { log: self, stream, rest: Vec::new(), is_cut: false }
    }

    /// Keeps a line of our own.
    pub(crate) fn note(&self, text: &str) {
        self.keep(LogStream::Stdout, text);
    }

    /// Returns what the program said last about its failure, and forgets it.
    pub(crate) fn take_complaint(&self) -> Option<Complaint> {
        self.complaint.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits until more can be kept.
    pub(crate) async fn room(&self) {
        self.sink.room().await;
    }

    fn keep(&self, stream: LogStream, line: &str) {
        // An empty line counts too, or endless line breaks would be kept without end.
        let counted = line.len() + 1;
        let bytes = self.bytes.fetch_add(counted, Ordering::Relaxed).saturating_add(counted);
        let lines = self.lines.fetch_add(1, Ordering::Relaxed);
        if bytes <= self.bytes_max && lines < LINES_MAX {
            self.sink.line(stream, line);
        } else if !self.is_full.swap(true, Ordering::Relaxed) {
            let bytes_max = self.bytes_max;
            let note =
                format!("(output beyond {bytes_max} bytes or {LINES_MAX} lines is not kept)");
            self.sink.line(stream, &note);
        }
    }

    /// Follows the command in a line, if there is one; returns whether the line is hidden.
    fn obey(&self, line: &str) -> bool {
        match Command::of(line).filter(|_| self.obeys) {
            Some(Command::AddMask(value)) => {
                self.masks.add(&value);
                true
            }
            Some(Command::Error(complaint)) => {
                let mut last = self.complaint.lock().unwrap_or_else(PoisonError::into_inner);
                *last = Some(complaint);
                false
            }
            None => false,
        }
    }
}

impl Lines<'_> {
    /// Takes what was just read.
    pub fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(piece);
            if self.rest.ends_with(b"\n") {
                self.flush();
            }
            // A value that is masked must be seen whole, wherever the line is cut.
            while self.is_too_long(self.rest.len()) {
                self.cut();
            }
        }
    }

    /// Keeps a last line that has no line break.
    pub fn finish(&mut self) {
        if !self.rest.is_empty() {
            self.flush();
        }
    }

    /// Keeps the beginning of a line that is too long.
    fn cut(&mut self) {
        let whole = self.rest.len() - begun_character(&self.rest);
        let begun = self.rest.split_off(whole);
        let text = self.masked();
        // Masks may have made it short again; then its end may begin a value that is not whole yet.
        let is_cut = self.is_too_long(text.len() + begun.len());
        let end = if is_cut { floor_char_boundary(&text, LINE_BYTES_MAX) } else { 0 };
        if is_cut {
            self.log.keep(self.stream, &text[..end]);
        }
        self.rest = text.as_bytes()[end..].to_vec();
        self.rest.extend(begun);
        self.is_cut = true;
    }

    fn is_too_long(&self, length: usize) -> bool {
        length > LINE_BYTES_MAX + self.log.masks.longest() + CHARACTER_BYTES_MAX
    }

    fn flush(&mut self) {
        let line = self.rest.strip_suffix(b"\n").unwrap_or(&self.rest);
        let length = line.strip_suffix(b"\r").unwrap_or(line).len();
        self.rest.truncate(length);
        let is_whole = !std::mem::take(&mut self.is_cut);
        if is_whole
            && self.rest.len() <= LINE_BYTES_MAX
            && self.rest.trim_ascii().starts_with(b"::")
        {
            let line = String::from_utf8_lossy(&self.rest);
            if self.log.obey(&line) {
                self.rest.clear();
                return;
            }
        }
        let text = self.masked();
        let mut rest = &*text;
        loop {
            let (piece, more) = rest.split_at(floor_char_boundary(rest, LINE_BYTES_MAX));
            self.log.keep(self.stream, piece);
            if more.is_empty() {
                return;
            }
            rest = more;
        }
    }

    fn masked(&mut self) -> String {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.rest)).into_owned();
        self.log.masks.apply(text)
    }
}

/// Returns how many bytes at the end of `bytes` begin a character that is not whole.
fn begun_character(bytes: &[u8]) -> usize {
    let last = bytes.iter().rev().take(CHARACTER_BYTES_MAX - 1);
    let lead = last.enumerate().find(|(_, byte)| **byte & 0b1100_0000 != 0b1000_0000);
    match lead {
        Some((after, byte)) if byte.leading_ones() as usize > after + 1 => after + 1,
        Some(_) | None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Kept(Mutex<Vec<String>>);

    impl LogSink for Kept {
        fn line(&self, _: LogStream, text: &str) {
            self.0.lock().unwrap().push(text.to_owned());
        }
    }

    /// Returns the lines that are kept of `chunks`.
    fn kept(bytes_max: usize, masks: &[&str], chunks: &[&[u8]]) -> Vec<String> {
        let sink = Arc::new(Kept::default());
        let masks = Masks::new(masks.iter().copied());
        let log = TaskLog::new(sink.clone(), masks, bytes_max).obeying();
        let mut lines = log.lines(LogStream::Stdout);
        for chunk in chunks {
            lines.push(chunk);
        }
        lines.finish();
        drop(lines);
        sink.0.lock().unwrap().clone()
    }

    #[test]
    fn a_masked_value_may_be_split_over_chunks() {
        assert_eq!(kept(100, &["hunter2"], &[b"a hun", b"ter", b"2 b\nc"]), ["a *** b", "c"]);
    }

    #[test]
    fn a_masked_value_may_lie_where_a_long_line_is_cut() {
        let line = format!("{}{}", "x".repeat(LINE_BYTES_MAX - 3), "hunter2".repeat(2_000));
        for chunk in [1, 7, 1_000, 100_000] {
            let chunks: Vec<&[u8]> = line.as_bytes().chunks(chunk).collect();
            let text = kept(1_000_000, &["hunter2"], &chunks).concat();
            assert!(!text.contains("hunter") && !text.contains("unter2"), "{text}");
        }
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let line = "é".repeat(LINE_BYTES_MAX);
        let chunks: Vec<&[u8]> = line.as_bytes().chunks(3).collect();
        let pieces = kept(1_000_000, &[], &chunks);
        assert_eq!(pieces.concat(), line);
        assert!(pieces.iter().all(|piece| piece.len() <= LINE_BYTES_MAX));
    }

    #[test]
    fn output_beyond_the_bound_leaves_one_note() {
        let lines = kept(4, &[], &[b"ab\ncd\n\n\nef\n"]);
        assert_eq!(lines, ["ab", "(output beyond 4 bytes or 250000 lines is not kept)"]);
    }

    #[test]
    fn a_value_can_be_hidden_from_here_on() {
        let lines = kept(100, &[], &[b"pass1234\n::add-mask::pass1234\npass1234\n"]);
        assert_eq!(lines, ["pass1234", "***"]);
    }

    #[test]
    fn empty_lines_and_carriage_returns_are_understood() {
        assert_eq!(kept(100, &[], &[b"\na\r\n\xff\n"]), ["", "a", "\u{fffd}"]);
    }
}
