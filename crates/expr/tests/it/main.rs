//! Behaviour of the expression languages, seen from outside.

mod intrinsic;
mod jsonpath;
mod jsonpath_oracle;
mod template;
mod world;
