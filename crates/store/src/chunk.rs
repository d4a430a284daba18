//! Lines of task output as one compressed chunk, as stores that have a disk keep them.
//!
//! A byte says in which format, the rest is what `zstd` makes of the lines one after the other: when,
//! entry, attempt, stream, the length of the state's name and it, the length of the text and it,
//! numbers in little-endian order.

use std::io::Read;

use compasso_types::Timestamp;

use crate::{LogLine, LogStream};

/// The format of chunks.
const FORMAT: u8 = 1;
/// How hard it is tried to make chunks small: little, for logs are alike from line to line.
const LEVEL: i32 = 1;
/// From this size on no line is added to a chunk, bytes before compression.
pub const CHUNK_BYTES: usize = 256 * 1024;
/// Chunks up to this size, bytes as they are stored, are written anew with the lines that follow.
pub const SMALL_BYTES: usize = 8 * 1024;
/// Largest chunk that is believed to be one, bytes: a full one, and one more line.
const CHUNK_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A chunk is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chunk of task output cannot be read")]
pub struct Broken;

/// Returns what a line counts in a chunk, bytes.
pub fn size(line: &LogLine) -> usize {
    8 + 8 + 4 + 1 + 4 + line.state.len() + 4 + line.text.len()
}

/// Writes lines as a chunk.
pub fn write(lines: &[LogLine]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(lines.iter().map(size).sum());
    for line in lines {
        plain.extend_from_slice(&line.at.0.to_le_bytes());
        plain.extend_from_slice(&line.entry.to_le_bytes());
        plain.extend_from_slice(&line.attempt.to_le_bytes());
        plain.push(line.stream as u8);
        for text in [&line.state, &line.text] {
            plain.extend_from_slice(&(text.len() as u32).to_le_bytes());
            plain.extend_from_slice(text.as_bytes());
        }
    }
    let mut chunk = vec![FORMAT];
    let packed = zstd::encode_all(&*plain, LEVEL).expect("bytes in memory can be compressed");
    chunk.extend_from_slice(&packed);
    chunk
}

/// Returns how many of `more` fit in a chunk that has `begun`: at least one in an empty one.
pub fn filling(begun: &[LogLine], more: &[LogLine]) -> usize {
    let mut bytes: usize = begun.iter().map(size).sum();
    let fitting = more.iter().take_while(|line| {
        bytes += size(line);
        bytes <= CHUNK_BYTES
    });
    let fitting = fitting.count();
    if begun.is_empty() { fitting.max(1) } else { fitting }
}

/// Reads the lines of a chunk.
///
/// # Errors
/// It is not what [`write`] made.
pub fn read(chunk: &[u8]) -> Result<Vec<LogLine>, Broken> {
    let (&format, packed) = chunk.split_first().ok_or(Broken)?;
    if format != FORMAT {
        return Err(Broken);
    }
    let mut plain = Vec::new();
    let decoder = zstd::Decoder::new(packed).map_err(|_| Broken)?;
    decoder.take(CHUNK_BYTES_MAX).read_to_end(&mut plain).map_err(|_| Broken)?;
    let mut lines = Vec::new();
    let mut rest = &*plain;
    while !rest.is_empty() {
        lines.push(LogLine {
            at: Timestamp(i64::from_le_bytes(take(&mut rest)?)),
            entry: u64::from_le_bytes(take(&mut rest)?),
            attempt: u32::from_le_bytes(take(&mut rest)?),
            stream: match take::<1>(&mut rest)?[0] {
                1 => LogStream::Stdout,
                2 => LogStream::Stderr,
                _ => return Err(Broken),
            },
            state: text(&mut rest)?.into(),
            text: text(&mut rest)?.into(),
        });
    }
    Ok(lines)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Broken> {
    let (taken, after) = rest.split_first_chunk().ok_or(Broken)?;
    *rest = after;
    Ok(*taken)
}

fn text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, Broken> {
    let length = u32::from_le_bytes(take(rest)?) as usize;
    let (taken, after) = rest.split_at_checked(length).ok_or(Broken)?;
    *rest = after;
    std::str::from_utf8(taken).map_err(|_| Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine {
            at: Timestamp(-7),
            entry: u64::MAX,
            attempt: 3,
            state: "Wähle ☕".into(),
            stream: LogStream::Stderr,
            text: text.into(),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let lines = [line(""), line("tab\t\0 nul"), line("é")];
        assert_eq!(read(&write(&lines)).unwrap(), lines);
        assert_eq!(read(&write(&[])).unwrap(), []);
    }

    #[test]
    fn lines_that_are_alike_take_little_room() {
        let lines: Vec<_> = (0..1_000).map(|n| line(&format!("row {n} was loaded"))).collect();
        let plain: usize = lines.iter().map(size).sum();
        assert!(write(&lines).len() * 10 < plain);
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        let chunk = write(&[line("text")]);
        assert!(read(&[]).is_err());
        assert!(read(&[2]).is_err());
        assert!(read(&chunk[..chunk.len() - 1]).is_err());
        let mut cut = vec![FORMAT];
        cut.extend(zstd::encode_all(&[0_u8; 10][..], LEVEL).unwrap());
        assert!(read(&cut).is_err());
    }
}
