//! Variables in force at a place of the expression.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::ast::Name;
use crate::value::Value;

/// The variables of a block, a call or a tuple.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    bindings: RefCell<Vec<(Name, Value)>>,
    parent: Option<Rc<Scope>>,
    /// A function holds on to the scope, so it may be part of a cycle.
    pub(crate) captured: Cell<bool>,
}

impl Scope {
    /// Returns an empty scope inside `parent`.
    pub(crate) fn inside(parent: &Rc<Self>) -> Rc<Self> {
        Self::with(parent, Vec::new())
    }

    /// Returns a scope of `bindings` inside `parent`.
    pub(crate) fn with(parent: &Rc<Self>, bindings: Vec<(Name, Value)>) -> Rc<Self> {
        Rc::new(Self {
            bindings: RefCell::new(bindings),
            parent: Some(parent.clone()),
            captured: Cell::new(false),
        })
    }

    /// Binds `name`, replacing a binding of this very scope.
    pub(crate) fn bind(&self, name: Name, value: Value) {
        let mut bindings = self.bindings.borrow_mut();
        match bindings.iter_mut().find(|(bound, _)| *bound == name) {
            Some((_, place)) => *place = value,
            None => bindings.push((name, value)),
        }
    }

    /// Returns the value of `name` if it is bound here or further out.
    pub(crate) fn get(&self, name: Name) -> Option<Value> {
        let mut scope = self;
        loop {
            let bindings = scope.bindings.borrow();
            if let Some((_, value)) = bindings.iter().rev().find(|(bound, _)| *bound == name) {
                return Some(value.clone());
            }
            drop(bindings);
            scope = scope.parent.as_deref()?;
        }
    }

    /// Forgets everything, breaking cycles.
    pub(crate) fn clear(&self) {
        let bindings = self.bindings.take();
        drop(bindings);
    }
}
