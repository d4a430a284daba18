//! The inputs of children, made of the items one after the other.

use std::collections::VecDeque;
use std::sync::Arc;

use compasso_engine::{
    ItemBatcher, ItemSelector, MapItem, MapRunOffer, ReadItems, Reader, TaskError,
};
use compasso_items::{Item, ItemReader, ItemStream, Stores};
use compasso_types::{Json, Payload};

use crate::limits;
use crate::results::items_error;

/// `$$.Map.Item.Source` of items that the state has.
const STATE_DATA: &str = "STATE_DATA";
/// A child to be.
pub(crate) struct Child {
    /// Its place in the run.
    pub(crate) index: u64,
    /// How many items it has.
    pub(crate) items: u64,
    pub(crate) input: Payload,
}

/// Makes children of items.
pub(crate) struct Children {
    items: Items,
    selector: Arc<ItemSelector>,
    batcher: Option<Arc<ItemBatcher>>,
    state: Arc<str>,
    input_bytes_max: usize,
    /// Inputs of items that were made ahead.
    selected: VecDeque<Payload>,
    is_exhausted: bool,
    next: u64,
}

/// Where items come from.
pub(crate) enum Items {
    Given { items: Json, next: usize, source: Arc<str> },
    Read(ItemStream),
}

impl Children {
    /// Makes the children of a run from the first one on.
    pub(crate) fn new(offer: &MapRunOffer, stores: &Stores) -> Result<Self, TaskError> {
        let input_bytes_max = offer.child.start.payload_bytes_max;
        Ok(Self {
            items: Items::of(offer, stores)?,
            selector: Arc::new(offer.selector.clone()),
            batcher: offer
                .run
                .batch
                .as_ref()
                .map(|batch| ItemBatcher::new(batch, input_bytes_max).into()),
            state: offer.state.clone(),
            input_bytes_max,
            selected: VecDeque::new(),
            is_exhausted: false,
            next: 0,
        })
    }

    /// Returns the next child.
    pub(crate) async fn next(&mut self) -> Result<Option<Child>, TaskError> {
        let Some(first) = self.next_input().await? else { return Ok(None) };
        let (input, items) = match self.batcher.clone() {
            Some(batcher) => self.fill(&batcher, first).await?,
            None => (first, 1),
        };
        if input.text().len() > self.input_bytes_max {
            return Err(self.too_large());
        }
        let index = self.next;
        self.next += 1;
        Ok(Some(Child { index, items, input }))
    }

    /// Adds items to a first one until the next one would be too many or too large.
    async fn fill(
        &mut self,
        batcher: &ItemBatcher,
        first: Payload,
    ) -> Result<(Payload, u64), TaskError> {
        let Some(mut open) = batcher.begin(&first) else { return Err(self.too_large()) };
        while !open.is_full() {
            let Some(next) = self.next_input().await? else { break };
            if !open.add(&next) {
                self.selected.push_front(next);
                break;
            }
        }
        Ok(open.close())
    }

    async fn next_input(&mut self) -> Result<Option<Payload>, TaskError> {
        if self.selected.is_empty() && !self.is_exhausted {
            self.select_some().await?;
        }
        Ok(self.selected.pop_front())
    }

    /// Makes the inputs of the next few items where an expression may take its time.
    async fn select_some(&mut self) -> Result<(), TaskError> {
        let mut items = Vec::new();
        while items.len() < limits::SELECTED_AT_ONCE_MAX && !self.is_exhausted {
            match self.items.next().await? {
                Some(item) => items.push(item),
                None => self.is_exhausted = true,
            }
        }
        let selector = self.selector.clone();
        let select = move || items.iter().map(|item| selector.select(item)).collect();
        let selected: Result<Vec<Payload>, _> = if self.selector.computes() {
            tokio::task::spawn_blocking(select).await.unwrap_or_else(|_| {
                Err(TaskError::new("States.Runtime", "An item could not be selected."))
            })
        } else {
            select()
        };
        self.selected.extend(selected?);
        Ok(())
    }

    fn too_large(&self) -> TaskError {
        let state = &self.state;
        let cause = format!(
            "The state/task '{state}' returned a result with a size exceeding the maximum number \
             of bytes service limit."
        );
        TaskError::new("States.DataLimitExceeded", cause)
    }
}

impl Items {
    pub(crate) fn of(offer: &MapRunOffer, stores: &Stores) -> Result<Self, TaskError> {
        let Some(reader) = &offer.run.reader else {
            let items = offer.items.clone().unwrap_or_else(|| Json::array([]));
            return Ok(Self::Given { items, next: 0, source: STATE_DATA.into() });
        };
        Ok(Self::Read(item_reader(reader)?.open(stores).map_err(items_error)?))
    }

    pub(crate) async fn next(&mut self) -> Result<Option<MapItem>, TaskError> {
        match self {
            Self::Given { items, next, source } => {
                let found = match items {
                    Json::Array(items) => items.get(*next).map(|value| (None, value)),
                    Json::Object(members) => {
                        members.get_index(*next).map(|(key, value)| (Some(key.clone()), value))
                    }
                    _ => None,
                };
                let item = found.map(|(key, value)| MapItem {
                    index: *next as u64,
                    value: value.clone(),
                    key,
                    source: source.clone(),
                });
                *next += 1;
                Ok(item)
            }
            Self::Read(stream) => {
                let item = stream.next().await.map_err(items_error)?;
                Ok(item.map(map_item))
            }
        }
    }
}

/// Reads the items of a file that stands for the one that `reader` would read.
///
/// # Errors
/// The reader cannot be used, or the file is malformed.
pub fn read_given(reader: &Reader, file: &str) -> Result<ReadItems, TaskError> {
    let given = item_reader(reader)?.read_given(file).map_err(items_error)?;
    Ok(ReadItems { items: given.items.into_iter().map(map_item).collect(), pointed: given.pointed })
}

fn item_reader(reader: &Reader) -> Result<ItemReader, TaskError> {
    let field = Json::object([
        ("Resource", reader.resource.clone().into()),
        ("Arguments", reader.arguments.clone()),
        ("ReaderConfig", reader.config.clone()),
    ]);
    ItemReader::from_json(&field).map_err(items_error)
}

fn map_item(Item { index, key, value, source }: Item) -> MapItem {
    MapItem { index, value, key, source }
}
