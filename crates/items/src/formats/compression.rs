//! Files that are compressed as a whole, which their first bytes tell: no text begins with them.

use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;

const GZIP: &[u8] = &[0x1F, 0x8B];
const ZSTD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];
const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Largest window of a zstd file, as a power of two: what it takes of memory.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Returns the text of a file: decompressed if it is compressed, and without byte order mark.
pub(super) fn text(input: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let (start, input) = peek(input, ZSTD.len())?;
    let input = match () {
        () if start.starts_with(GZIP) => Box::new(MultiGzDecoder::new(input)),
        () if start.starts_with(ZSTD) => {
            let mut decoder = zstd::Decoder::new(input)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            Box::new(decoder) as Box<dyn Read + Send>
        }
        () => input,
    };
    let (start, mut input) = peek(input, BYTE_ORDER_MARK.len())?;
    if start == BYTE_ORDER_MARK {
        input.read_exact(&mut [0; BYTE_ORDER_MARK.len()])?;
    }
    Ok(input)
}

/// Returns the first bytes, and all of them once more.
fn peek(
    mut input: Box<dyn Read + Send>,
    count: usize,
) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut start = Vec::with_capacity(count);
    (&mut input).take(count as u64).read_to_end(&mut start)?;
    let again = Cursor::new(start.clone()).chain(input);
    Ok((start, Box::new(again)))
}
