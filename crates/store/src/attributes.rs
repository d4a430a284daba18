//! What executions are searched by.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Values of an execution's input, by the names they are searched by.
pub type Attributes = BTreeMap<Arc<str>, AttributeValue>;

/// A value that executions are searched by.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// Text.
    Text(Arc<str>),
    /// A number; finite.
    Number(f64),
    /// True or false.
    Bool(bool),
}
