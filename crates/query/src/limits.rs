//! Bounds of queries.

/// Longest text of a query, bytes.
pub const QUERY_BYTES_MAX: usize = 4_096;
/// Deepest nesting of parentheses and `not`.
pub const QUERY_DEPTH_MAX: usize = 32;
