//! What the front end says about definitions: text in, diagnostics out.

mod blocks;
mod check;
mod choices;
mod compiled;
mod distributed;
mod error_handling;
mod expressions;
mod flow;
mod json;
mod misplaced;
mod robustness;
mod states;
mod tasks;
mod variables;
