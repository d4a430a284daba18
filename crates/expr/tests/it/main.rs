//! Behaviour of the expression languages, seen from outside.

mod jsonpath;
mod jsonpath_oracle;
mod template;
mod world;
