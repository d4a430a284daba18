//! The search language from outside.

mod found;
mod mistakes;
mod round_trip;
mod schema;
