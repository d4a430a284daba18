//! How a distributed Map puts the inputs of items together.

use compasso_types::{Json, Object, Payload};

use crate::Batch;

/// `{"Items":[]}`, and what stands before the items if there is a `BatchInput`.
const BATCH_BYTES: usize = r#"{"Items":[]}"#.len();
const BATCH_INPUT_BYTES: usize = r#""BatchInput":,"#.len();

/// How many items make a batch.
#[derive(Clone, Debug)]
pub struct ItemBatcher {
    items_max: u64,
    bytes_max: usize,
    input: Option<Json>,
    /// Of a batch without items.
    empty_bytes: usize,
}

/// A batch that may take more items.
#[derive(Debug)]
pub struct OpenBatch<'a> {
    batcher: &'a ItemBatcher,
    items: Vec<Json>,
    bytes: usize,
}

impl ItemBatcher {
    /// Makes what `ItemBatcher` says; no batch is larger than `input_bytes_max`.
    pub fn new(batch: &Batch, input_bytes_max: usize) -> Self {
        let bytes = batch.max_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let input_bytes =
            batch.input.as_ref().map_or(0, |input| input.to_string().len() + BATCH_INPUT_BYTES);
        Self {
            items_max: batch.max_items.unwrap_or(u64::MAX),
            bytes_max: bytes.unwrap_or(input_bytes_max).min(input_bytes_max),
            input: batch.input.clone(),
            empty_bytes: BATCH_BYTES + input_bytes,
        }
    }

    /// Begins a batch with an item's input; `None` if that alone is too large.
    pub fn begin(&self, first: &Payload) -> Option<OpenBatch<'_>> {
        let bytes = self.empty_bytes + first.text().len();
        let batch = OpenBatch { batcher: self, items: vec![first.value().clone()], bytes };
        (bytes <= self.bytes_max).then_some(batch)
    }
}

impl OpenBatch<'_> {
    /// Says whether it has as many items as it may have.
    pub fn is_full(&self) -> bool {
        self.items.len() as u64 >= self.batcher.items_max
    }

    /// Adds an item's input if there is room; says whether there was.
    pub fn add(&mut self, next: &Payload) -> bool {
        let bytes = self.bytes + next.text().len() + ",".len();
        let fits = !self.is_full() && bytes <= self.batcher.bytes_max;
        if fits {
            self.bytes = bytes;
            self.items.push(next.value().clone());
        }
        fits
    }

    /// Returns the input of a child with these items, and how many there are.
    pub fn close(self) -> (Payload, u64) {
        let count = self.items.len() as u64;
        let mut members = Object::with_capacity(2);
        if let Some(input) = &self.batcher.input {
            members.insert("BatchInput".into(), input.clone());
        }
        members.insert("Items".into(), Json::from(self.items));
        (Json::from(members).into(), count)
    }
}
