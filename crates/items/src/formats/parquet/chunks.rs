//! Parts of an object, read as they are needed.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use crate::Stores;
use crate::objects::{Failure, Info, Location};

/// How much is read of an object at once.
const BLOCK_BYTES: usize = 1024 * 1024;
/// How many blocks are kept: columns are read by turns, each from another place.
const BLOCKS_MAX: usize = 32;

/// An object, some blocks of which are in memory. `clone` is cheap.
#[derive(Clone)]
pub(super) struct Chunks(Arc<Inner>);

struct Inner {
    stores: Stores,
    location: Location,
    info: Info,
    /// Blocks by their number, the one used last at the end.
    blocks: Mutex<VecDeque<(u64, Bytes)>>,
}

/// Reads from a place on.
pub(super) struct ChunksFrom {
    chunks: Chunks,
    position: u64,
}

impl Chunks {
    pub(super) fn new(stores: Stores, location: Location, info: Info) -> Self {
        Self(Arc::new(Inner { stores, location, info, blocks: Mutex::default() }))
    }

    fn block(&self, number: u64) -> Result<Bytes, Failure> {
        let mut blocks = self.0.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let held = blocks.iter().position(|(held, _)| *held == number);
        let block = match held.and_then(|place| blocks.remove(place)) {
            Some((_, block)) => block,
            None => self.read_block(number)?,
        };
        if blocks.len() >= BLOCKS_MAX {
            blocks.pop_front();
        }
        blocks.push_back((number, block.clone()));
        Ok(block)
    }

    fn read_block(&self, number: u64) -> Result<Bytes, Failure> {
        let start = number * BLOCK_BYTES as u64;
        let left = self.0.info.size.saturating_sub(start);
        self.read(start, usize::try_from(left).map_or(BLOCK_BYTES, |left| left.min(BLOCK_BYTES)))
    }

    fn read(&self, start: u64, length: usize) -> Result<Bytes, Failure> {
        let Inner { stores, location, info, .. } = &*self.0;
        stores.of(location).read_at(location, info, start, length).map(Bytes::from)
    }

    /// Returns some of what follows a place, at least one byte unless it is the end.
    fn some(&self, position: u64) -> Result<Bytes, Failure> {
        if position >= self.0.info.size {
            return Ok(Bytes::new());
        }
        let block = self.block(position / BLOCK_BYTES as u64)?;
        Ok(block.slice((position % BLOCK_BYTES as u64) as usize..))
    }

    fn range(&self, start: u64, length: usize) -> Result<Bytes, Failure> {
        if length > BLOCK_BYTES {
            return self.read(start, length);
        }
        let first = self.some(start)?;
        if first.len() >= length {
            return Ok(first.slice(..length));
        }
        let mut joined = BytesMut::from(&*first);
        let second = self.some(start + first.len() as u64)?;
        joined.extend_from_slice(&second[..second.len().min(length - first.len())]);
        Ok(joined.freeze())
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.info.size
    }
}

impl ChunkReader for Chunks {
    type T = ChunksFrom;

    fn get_read(&self, start: u64) -> Result<ChunksFrom, ParquetError> {
        Ok(ChunksFrom { chunks: self.clone(), position: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.0.info.size) {
            return Err(ParquetError::EOF("a part lies behind the end of the file".to_owned()));
        }
        self.range(start, length).map_err(|failure| ParquetError::External(Box::new(failure)))
    }
}

impl Read for ChunksFrom {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let some = self.chunks.some(self.position).map_err(io::Error::other)?;
        let count = some.len().min(buffer.len());
        buffer[..count].copy_from_slice(&some[..count]);
        self.position += count as u64;
        Ok(count)
    }
}
