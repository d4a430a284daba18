//! What the front end says about definitions: text in, diagnostics out.

mod check;
mod compiled;
mod json;
