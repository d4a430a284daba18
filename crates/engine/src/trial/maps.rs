//! What is tried of a Map: its items, and the inputs that are made of them.

use compasso_ir::{Distributed, Map, MapMode, State};
use compasso_types::{Json, Payload};

use super::{ROOT, Read, ReadItems};
use crate::context::Item;
use crate::problem::Problem;
use crate::scope::Work;
use crate::turn::Turn;
use crate::{EventKind, ItemBatcher, MapItem};

/// Where the items of a tried Map are.
enum Source {
    /// In the state.
    Held,
    Read(Vec<MapItem>),
    /// Where only a reader finds them.
    Elsewhere,
}

impl Turn<'_> {
    /// Does what comes before the iterations of a tried Map.
    pub(super) fn try_map(&mut self, state: &State, map: &Map, read: Option<Read<'_>>) {
        let prepared = match &map.mode {
            MapMode::Inline => {
                let started = self.scene(ROOT).prepare_map(state, map);
                started.map(|started| (started, None, Source::Held))
            }
            MapMode::Distributed(distributed) => self.prepare_run(state, map, distributed, read),
        };
        let selected = prepared.and_then(|(started, batcher, source)| {
            self.follow(ROOT, started);
            self.select_items(state, map, batcher.as_ref(), &source)
        });
        if let Err(problem) = selected {
            self.raise(ROOT, problem);
        }
    }

    /// Prepares a distributed Map, with the items that are read for its reader.
    fn prepare_run(
        &self,
        state: &State,
        map: &Map,
        distributed: &Distributed,
        read: Option<Read<'_>>,
    ) -> Result<(EventKind, Option<ItemBatcher>, Source), Problem> {
        let scene = self.scene(ROOT);
        let (started, run) = scene.prepare_map_run(state, map, distributed)?;
        scene.note(|seen| {
            let count = distributed.tolerated_count.as_ref();
            seen.tolerated_failure_count = count.map(|_| run.tolerated_failure_count);
            let percentage = distributed.tolerated_percentage.as_ref();
            seen.tolerated_failure_percentage =
                percentage.map(|_| run.tolerated_failure_percentage);
        });
        let start = self.execution.start().expect("the trial has begun");
        let batcher =
            run.batch.as_ref().map(|batch| ItemBatcher::new(batch, start.payload_bytes_max));
        let Some(reader) = &run.reader else { return Ok((started, batcher, Source::Held)) };
        let Some(read) = read else { return Ok((started, batcher, Source::Elsewhere)) };
        let ReadItems { items, pointed } =
            read(reader).map_err(|error| Problem::of_task(&error))?;
        scene.note(|seen| seen.after_items_pointer = pointed);
        let EventKind::MapStateStarted { input, concurrency, .. } = started else {
            unreachable!("a Map begins with its items")
        };
        let values = Json::array(items.iter().map(|item| item.value.clone()));
        let started = EventKind::MapStateStarted { items: values, input, concurrency };
        Ok((started, batcher, Source::Read(items)))
    }

    /// Notes the inputs of all iterations, and what is put together of them, unless the items are
    /// somewhere else.
    fn select_items(
        &mut self,
        state: &State,
        map: &Map,
        batcher: Option<&ItemBatcher>,
        source: &Source,
    ) -> Result<(), Problem> {
        let Work::Map(work) = &self.execution.active(ROOT).work else { return Ok(()) };
        let mut work = work.clone();
        let mut inputs = Vec::with_capacity(work.outputs.len());
        for index in 0..u32::try_from(work.outputs.len()).unwrap_or(u32::MAX) {
            work.next = index;
            let item = match source {
                Source::Elsewhere => return Ok(()),
                Source::Held => Item::Held(index),
                Source::Read(items) => Item::Read(&items[index as usize]),
            };
            inputs.push(self.scene(ROOT).with_item(item).item_input(map, &work)?);
        }
        self.note(|seen| seen.after_item_selector = Some(Payload::array_of(&inputs)));
        if let Some(batcher) = batcher {
            let batches =
                batches(batcher, &inputs).ok_or_else(|| Problem::too_large(&state.name))?;
            self.note(|seen| seen.after_item_batcher = Some(Payload::array_of(&batches)));
        }
        Ok(())
    }
}

/// Returns the inputs of children that so many items make; `None` if one is too large.
fn batches(batcher: &ItemBatcher, inputs: &[Payload]) -> Option<Vec<Payload>> {
    let mut batches = Vec::new();
    let mut inputs = inputs.iter().peekable();
    while let Some(first) = inputs.next() {
        let mut open = batcher.begin(first)?;
        while inputs.next_if(|next| open.add(next)).is_some() {}
        batches.push(open.close().0);
    }
    Some(batches)
}
