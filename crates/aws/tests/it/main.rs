//! The client against stand-ins on the loopback interface.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![allow(clippy::needless_raw_string_hashes, reason = "expected texts are rewritten by the tool")]

mod answers;
mod credentials;
mod misbehaving;
mod requests;
mod stand_in;
