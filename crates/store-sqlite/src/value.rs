//! Between our values and SQLite's.

use std::str;

use bytes::Bytes;
use compasso_store::seal::Broken;
use compasso_store::{ExecutionKey, LogStream, ReadError, Status};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, ToSql};

/// Returns what executions are found by; it is stored.
pub(crate) fn key_hash(key: &ExecutionKey) -> i64 {
    let hash = blake3::hash(key.0.as_bytes());
    let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
    i64::from_le_bytes(*first)
}

/// A body: text where it is UTF-8, so that people can read it, otherwise a blob.
pub(crate) struct Body<'a>(pub(crate) &'a [u8]);

impl ToSql for Body<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match str::from_utf8(self.0) {
            Ok(text) => ValueRef::Text(text.as_bytes()),
            Err(_) => ValueRef::Blob(self.0),
        }))
    }
}

/// A body as it is read.
pub(crate) struct Content(pub(crate) Bytes);

impl FromSql for Content {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                Ok(Self(Bytes::copy_from_slice(bytes)))
            }
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => {
                Err(FromSqlError::InvalidType)
            }
        }
    }
}

/// A status as it is read.
pub(crate) struct StoredStatus(pub(crate) Status);

impl FromSql for StoredStatus {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        Status::stored(number).map(Self).ok_or(FromSqlError::OutOfRange(number))
    }
}

/// A log stream as it is read.
pub(crate) struct StoredStream(pub(crate) LogStream);

impl FromSql for StoredStream {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(Self(match value.as_i64()? {
            1 => LogStream::Stdout,
            2 => LogStream::Stderr,
            other => return Err(FromSqlError::OutOfRange(other)),
        }))
    }
}

/// Says that what was read is not what was written.
pub(crate) fn corrupt(broken: Broken) -> rusqlite::Error {
    FromSqlError::other(broken).into()
}

/// Tells a reader what an error of SQLite means to it.
pub(crate) fn read_error(error: &rusqlite::Error) -> ReadError {
    use rusqlite::Error;
    let text = error.to_string();
    match error {
        Error::FromSqlConversionFailure(.., source) if source.is::<Broken>() => {
            ReadError::Corrupt(source.to_string())
        }
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::Utf8Error(..) => ReadError::Corrupt(text),
        _ => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ReadError::Corrupt(text),
            _ => ReadError::Unavailable(text),
        },
    }
}
