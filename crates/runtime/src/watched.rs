//! A value that many wait for, told in the order in which they began to wait.
//!
//! The watch of tokio picks at random who hears first. Here the same steps always have the same order:
//! a simulation comes to the same each time.

use std::fmt;
use std::sync::{PoisonError, RwLock};

use tokio::sync::Notify;

/// A small value that is looked at and waited for.
pub struct Watched<T> {
    value: RwLock<T>,
    changed: Notify,
}

impl<T: Copy> Watched<T> {
    /// Makes one that is `value` at first.
    pub fn new(value: T) -> Self {
        Self { value: RwLock::new(value), changed: Notify::new() }
    }

    /// Returns the present value.
    pub fn get(&self) -> T {
        // Nothing panics under the lock.
        *self.value.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the value by what `change` makes of it, unless that is nothing; returns whether it did.
    pub fn change(&self, change: impl FnOnce(T) -> Option<T>) -> bool {
        let mut value = self.value.write().unwrap_or_else(PoisonError::into_inner);
        let Some(changed) = change(*value) else { return false };
        *value = changed;
        drop(value);
        self.changed.notify_waiters();
        true
    }

    /// Waits until the value is one that is `wanted`, and returns it.
    pub async fn wait_for(&self, wanted: impl Fn(T) -> bool) -> T {
        loop {
            // Asked for before the look, so that no change is missed between the two.
            let changed = self.changed.notified();
            let value = self.get();
            if wanted(value) {
                return value;
            }
            changed.await;
        }
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for Watched<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Watched").field(&self.get()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn those_who_wait_hear_of_a_change_in_the_order_in_which_they_came() {
        let (watched, heard) = (Arc::new(Watched::new(0)), Arc::new(Mutex::new(Vec::new())));
        let mut waiting = Vec::new();
        for number in 0..20 {
            let (watched, heard) = (watched.clone(), heard.clone());
            waiting.push(tokio::spawn(async move {
                assert_eq!(watched.wait_for(|value| value > 1).await, 2);
                heard.lock().unwrap().push(number);
            }));
        }
        tokio::task::yield_now().await;
        assert!(watched.change(|_| Some(1)));
        tokio::task::yield_now().await;
        assert_eq!(*heard.lock().unwrap(), [0; 0], "1 is not what they wait for");
        assert!(!watched.change(|value| (value == 0).then_some(2)));
        assert!(watched.change(|value| (value == 1).then_some(2)));
        for waits in waiting {
            waits.await.unwrap();
        }
        assert_eq!(*heard.lock().unwrap(), (0..20).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn what_is_so_already_is_not_waited_for() {
        assert_eq!(Watched::new(7).wait_for(|value| value == 7).await, 7);
    }
}
