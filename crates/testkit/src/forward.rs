//! Stores of tests that hand most calls on to another one.

/// Writes the named methods of [`compasso_store::Store`], each as one call of the method `$way`, which
/// gets what asks the store behind: `fn way<'a, T>(&'a self, ask: impl FnOnce(&'a S) -> Answer<'a, T> + …)
/// -> Answer<'a, T>`. A name left out is for the test to write, and the compiler says which ones are.
///
/// ```
/// use compasso_store::memory::MemoryStore;
/// use compasso_store::{Answer, Batch, Epoch, Outcome, Store};
///
/// struct Refusing(MemoryStore);
///
/// impl Refusing {
///     fn way<'a, T>(&'a self, ask: impl FnOnce(&'a MemoryStore) -> Answer<'a, T>) -> Answer<'a, T> {
///         ask(&self.0)
///     }
/// }
///
/// impl Store for Refusing {
///     fn commit(&self, _: Batch) -> futures::future::BoxFuture<'_, Outcome> {
///         let reason = "never".to_owned();
///         Box::pin(futures::future::ready(Outcome::Rejected { reason }))
///     }
///
///     compasso_testkit::forward!(way: acquire reacquire execution executions open_executions search
///         journal tail pack due owing document documents document_kinds document_count append_log log log_end);
/// }
/// ```
#[macro_export]
macro_rules! forward {
    ($way:ident: $($method:ident)+) => { $($crate::forward_one!($way $method);)+ };
}

/// One method of [`forward!`].
#[doc(hidden)]
#[macro_export]
macro_rules! forward_one {
    ($way:ident acquire) => {
        fn acquire(&self) -> compasso_store::Answer<'_, compasso_store::Epoch> {
            self.$way(|store| store.acquire())
        }
    };
    ($way:ident reacquire) => {
        fn reacquire(
            &self,
            held: compasso_store::Epoch,
        ) -> compasso_store::Answer<'_, compasso_store::Epoch> {
            self.$way(move |store| store.reacquire(held))
        }
    };
    ($way:ident execution) => {
        fn execution(
            &self,
            key: &compasso_store::ExecutionKey,
        ) -> compasso_store::Answer<'_, Option<compasso_store::Execution>> {
            let key = key.clone();
            self.$way(move |store| store.execution(&key))
        }
    };
    ($way:ident executions) => {
        fn executions(
            &self,
            filter: compasso_store::ExecutionFilter,
            after: Option<compasso_store::Cursor>,
            limit: usize,
        ) -> compasso_store::Answer<'_, compasso_store::Page<compasso_store::ExecutionHeader>> {
            self.$way(move |store| store.executions(filter, after, limit))
        }
    };
    ($way:ident open_executions) => {
        fn open_executions(&self) -> compasso_store::Answer<'_, u64> {
            self.$way(|store| store.open_executions())
        }
    };
    ($way:ident search) => {
        fn search(
            &self,
            filter: compasso_store::ExecutionFilter,
            wanted: compasso_store::Wanted,
            after: Option<compasso_store::Cursor>,
            bounds: compasso_store::SearchBounds,
        ) -> compasso_store::Answer<'_, compasso_store::Page<compasso_store::ExecutionHeader>> {
            self.$way(move |store| store.search(filter, wanted, after, bounds))
        }
    };
    ($way:ident journal) => {
        fn journal(
            &self,
            key: &compasso_store::ExecutionKey,
            first_event: u64,
            events: usize,
        ) -> compasso_store::Answer<'_, Vec<compasso_store::JournalEntry>> {
            let key = key.clone();
            self.$way(move |store| store.journal(&key, first_event, events))
        }
    };
    ($way:ident tail) => {
        fn tail(
            &self,
            key: &compasso_store::ExecutionKey,
        ) -> compasso_store::Answer<'_, Vec<compasso_store::JournalEntry>> {
            let key = key.clone();
            self.$way(move |store| store.tail(&key))
        }
    };
    ($way:ident pack) => {
        fn pack(
            &self,
            until: compasso_types::Timestamp,
        ) -> compasso_store::Answer<'_, compasso_store::pack::Packed> {
            self.$way(move |store| store.pack(until))
        }
    };
    ($way:ident due) => {
        fn due(
            &self,
            after: compasso_types::Timestamp,
            until: compasso_types::Timestamp,
            limit: usize,
        ) -> compasso_store::Answer<
            '_,
            Vec<(compasso_types::Timestamp, compasso_store::ExecutionKey)>,
        > {
            self.$way(move |store| store.due(after, until, limit))
        }
    };
    ($way:ident owing) => {
        fn owing(
            &self,
            after: Option<compasso_store::Cursor>,
            limit: usize,
        ) -> compasso_store::Answer<'_, compasso_store::Page<compasso_store::ExecutionKey>> {
            self.$way(move |store| store.owing(after, limit))
        }
    };
    ($way:ident document) => {
        fn document(
            &self,
            kind: &'static str,
            key: &str,
        ) -> compasso_store::Answer<'_, Option<compasso_store::Document>> {
            let key = key.to_owned();
            self.$way(move |store| store.document(kind, &key))
        }
    };
    ($way:ident documents) => {
        fn documents(
            &self,
            kind: &'static str,
            prefix: &str,
            after: Option<&str>,
            limit: usize,
        ) -> compasso_store::Answer<'_, Vec<compasso_store::Document>> {
            let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
            self.$way(move |store| store.documents(kind, &prefix, after.as_deref(), limit))
        }
    };
    ($way:ident document_kinds) => {
        fn document_kinds(&self) -> compasso_store::Answer<'_, Vec<String>> {
            self.$way(|store| store.document_kinds())
        }
    };
    ($way:ident document_count) => {
        fn document_count(&self, kind: &'static str) -> compasso_store::Answer<'_, u64> {
            self.$way(move |store| store.document_count(kind))
        }
    };
    ($way:ident append_log) => {
        fn append_log(
            &self,
            key: &compasso_store::ExecutionKey,
            lines: Vec<compasso_store::LogLine>,
        ) -> compasso_store::Answer<'_, ()> {
            let key = key.clone();
            self.$way(move |store| store.append_log(&key, lines))
        }
    };
    ($way:ident log) => {
        fn log(
            &self,
            key: &compasso_store::ExecutionKey,
            after: u64,
            limit: usize,
        ) -> compasso_store::Answer<'_, Vec<(u64, compasso_store::LogLine)>> {
            let key = key.clone();
            self.$way(move |store| store.log(&key, after, limit))
        }
    };
    ($way:ident log_end) => {
        fn log_end(&self, key: &compasso_store::ExecutionKey) -> compasso_store::Answer<'_, u64> {
            let key = key.clone();
            self.$way(move |store| store.log_end(&key))
        }
    };
}
