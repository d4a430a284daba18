//! What every store does, as a suite of cases that each implementation runs in its tests.
//!
//! Each case gets an empty store of its own and panics if the store breaks the contract.
//!
//! ```
//! use std::sync::Arc;
//! use compasso_store::{Store, contract, memory::MemoryStore};
//!
//! futures::executor::block_on(contract::run(|| async {
//!     Arc::new(MemoryStore::new()) as Arc<dyn Store>
//! }));
//! ```

mod damage;
mod documents;
mod fencing;
mod fixture;
mod images;
mod journal;
mod listings;
mod logs;
mod packing;
mod recovery;
mod removals;
mod searches;
mod sizes;
mod turns;

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

pub use self::damage::{HARMED, Harm, Harmed, run_harmed};
use crate::Store;

/// One behaviour of a store.
#[derive(Clone, Copy)]
pub struct Case {
    /// The behaviour, as a sentence.
    pub name: &'static str,
    run: fn(Arc<dyn Store>) -> BoxFuture<'static, ()>,
}

impl Case {
    /// Checks the behaviour on an empty store, which must be this case's alone.
    ///
    /// # Panics
    ///
    /// If the store behaves differently.
    pub async fn run(&self, store: Arc<dyn Store>) {
        (self.run)(store).await;
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Runs all cases, each on a store of its own.
///
/// # Panics
///
/// If the store breaks the contract.
pub async fn run<F>(make: impl Fn() -> F)
where
    F: Future<Output = Arc<dyn Store>>,
{
    for case in cases() {
        case.run(make().await).await;
    }
}

/// Returns all cases.
pub fn cases() -> Vec<Case> {
    [
        turns::CASES,
        journal::CASES,
        packing::CASES,
        images::CASES,
        listings::CASES,
        searches::CASES,
        recovery::CASES,
        removals::CASES,
        documents::CASES,
        fencing::CASES,
        logs::CASES,
        sizes::CASES,
    ]
    .concat()
}

/// Builds the list of a module's cases from its functions.
macro_rules! case_list {
    ($($name:ident),* $(,)?) => {
        pub(super) const CASES: &[$crate::contract::Case] = &[$($crate::contract::Case {
            name: stringify!($name),
            run: |store| Box::pin(async move {
                $name($crate::contract::fixture::Subject::acquire(store).await).await;
            }),
        }),*];
    };
}
use case_list;
