//! How layers below reach those above.

use std::sync::{PoisonError, RwLock};

/// A place for what a layer above brings once. Layers above hold those below, so it must be cut when all
/// ends: they would hold each other for ever, with all their memory and files.
#[derive(Debug)]
pub struct Bond<T>(RwLock<Option<T>>);

impl<T> Default for Bond<T> {
    fn default() -> Self {
        Self(RwLock::new(None))
    }
}

impl<T: Clone> Bond<T> {
    /// Keeps `value`, unless there is one already; returns whether it does.
    pub fn tie(&self, value: T) -> bool {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_free = held.is_none();
        if is_free {
            *held = Some(value);
        }
        is_free
    }

    /// Returns what was brought.
    pub fn get(&self) -> Option<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets it go.
    pub fn cut(&self) {
        let held = self.0.write().unwrap_or_else(PoisonError::into_inner).take();
        // Its end may look here.
        drop(held);
    }
}
