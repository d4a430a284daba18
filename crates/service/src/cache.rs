//! A bounded cache of what the store keeps.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values by key, the least recently used given up first.
///
/// **Invariant:** a value read before a change is never kept after it: whoever reads takes the
/// generation first and whoever changes raises it.
pub(crate) struct Cache<V> {
    inner: Mutex<Inner<V>>,
    bounds: Bounds,
}

/// How much a cache keeps.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// Most values.
    pub(crate) count: usize,
    /// Most bytes, as estimated by whoever adds.
    pub(crate) bytes: usize,
}

/// How often the cache was told of a change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(u64);

struct Inner<V> {
    entries: HashMap<Arc<str>, Entry<V>>,
    /// The keys by when they were used last: the one to be given up is found at once.
    by_use: BTreeMap<u64, Arc<str>>,
    bytes: usize,
    tick: u64,
    generation: u64,
}

struct Entry<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<V: Clone> Cache<V> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let (entries, by_use) = (HashMap::new(), BTreeMap::new());
        let inner = Inner { entries, by_use, bytes: 0, tick: 0, generation: 0 };
        Self { inner: Mutex::new(inner), bounds }
    }

    /// Returns the value, or the generation to add one with.
    pub(crate) fn get(&self, key: &str) -> Result<V, Generation> {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let generation = Generation(inner.generation);
        let entry = inner.entries.get_mut(key).ok_or(generation)?;
        inner.tick += 1;
        if let Some(key) = inner.by_use.remove(&entry.used) {
            inner.by_use.insert(inner.tick, key);
        }
        entry.used = inner.tick;
        Ok(entry.value.clone())
    }

    /// Keeps a value read in `generation`, unless something changed since.
    pub(crate) fn add(&self, generation: Generation, key: &str, value: V, bytes: usize) {
        let mut inner = self.lock();
        if inner.generation != generation.0 || bytes > self.bounds.bytes {
            return;
        }
        inner.remove(key);
        while inner.entries.len() >= self.bounds.count || inner.bytes + bytes > self.bounds.bytes {
            inner.give_up_one();
        }
        inner.tick += 1;
        let (key, used): (Arc<str>, _) = (key.into(), inner.tick);
        inner.bytes += bytes;
        inner.by_use.insert(used, key.clone());
        inner.entries.insert(key, Entry { value, bytes, used });
    }

    /// Forgets a value that changed.
    pub(crate) fn forget(&self, key: &str) {
        let mut inner = self.lock();
        inner.generation += 1;
        inner.remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, Inner<V>> {
        // Nothing below panics half way through a change.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Inner<V> {
    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= entry.bytes;
            self.by_use.remove(&entry.used);
        }
    }

    fn give_up_one(&mut self) {
        let (_, oldest) = self.by_use.pop_first().expect("a full cache has an entry");
        self.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(cache: &Cache<u32>, key: &str, value: u32, bytes: usize) {
        let Err(generation) = cache.get(key) else {
            return;
        };
        cache.add(generation, key, value, bytes);
    }

    #[test]
    fn the_least_recently_used_is_given_up() {
        let cache = Cache::new(Bounds { count: 2, bytes: 100 });
        add(&cache, "a", 1, 10);
        add(&cache, "b", 2, 10);
        assert_eq!(cache.get("a").ok(), Some(1));
        add(&cache, "c", 3, 10);
        assert_eq!((cache.get("a").ok(), cache.get("b").ok()), (Some(1), None));
        add(&cache, "d", 4, 95);
        assert_eq!((cache.get("a").ok(), cache.get("d").ok()), (None, Some(4)));
    }

    #[test]
    fn a_value_read_before_a_change_is_not_kept() {
        let cache = Cache::new(Bounds { count: 2, bytes: 100 });
        let generation = cache.get("a").unwrap_err();
        cache.forget("a");
        cache.add(generation, "a", 1, 1);
        assert!(cache.get("a").is_err());
    }
}
