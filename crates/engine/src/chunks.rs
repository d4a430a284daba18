//! Long lists that are cheap to copy and small.
//!
//! A turn works on a copy of its execution. What there may be a million of is kept in chunks that
//! copies share until one changes, so that a change costs the same however long the list is.

use std::sync::Arc;

/// Places in a chunk: about as many as there are chunks in the longest lists.
const PLACES: usize = 1_024;

/// Chunks of places; those that nobody has changed yet are not there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chunks<T>(Arc<Vec<Arc<T>>>);

impl<T: Clone + Default> Chunks<T> {
    /// Returns the chunk of a place, and the place in it.
    pub(crate) fn get(&self, place: u32) -> Option<(&T, usize)> {
        let place = place as usize;
        Some((self.chunk(place / PLACES)?, place % PLACES))
    }

    /// Returns the chunk of a place to be changed, and the place in it.
    pub(crate) fn get_mut(&mut self, place: u32) -> (&mut T, usize) {
        let place = place as usize;
        (self.chunk_mut(place / PLACES), place % PLACES)
    }

    pub(crate) fn chunk(&self, number: usize) -> Option<&T> {
        self.0.get(number).map(|chunk| &**chunk)
    }

    pub(crate) fn chunk_mut(&mut self, number: usize) -> &mut T {
        let chunks = Arc::make_mut(&mut self.0);
        if chunks.len() <= number {
            chunks.resize_with(number + 1, Arc::default);
        }
        Arc::make_mut(&mut chunks[number])
    }
}

impl Chunks<Texts> {
    /// Removes a text, and with the last one of its chunk the room that they took.
    pub(crate) fn remove(&mut self, place: u32) {
        let (texts, at) = self.get_mut(place);
        texts.remove(at);
        if texts.spans.iter().all(|span| *span == NONE) {
            *texts = Texts::default();
        }
    }
}

/// Texts by place, without an allocation for each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    text: String,
    /// Where each begins, and its length.
    spans: Vec<(u32, u32)>,
}

/// Room that is made beyond what is needed: bytes, or places.
const SPARE: usize = 256;
/// The span of a place that has no text.
const NONE: (u32, u32) = (u32::MAX, 0);

impl Texts {
    pub(crate) fn get(&self, place: usize) -> Option<&str> {
        let (start, length) = *self.spans.get(place).filter(|span| **span != NONE)?;
        Some(&self.text[start as usize..][..length as usize])
    }

    /// Puts a text into its place. What stood there keeps its room until the list is read again.
    pub(crate) fn set(&mut self, place: usize, text: &str) {
        // A million places are worth room that is just as large as it must be.
        if self.spans.len() <= place {
            let added = place + 1 - self.spans.len();
            self.spans.reserve_exact(room(self.spans.capacity(), self.spans.len(), added));
            self.spans.resize(place + 1, NONE);
        }
        self.text.reserve_exact(room(self.text.capacity(), self.text.len(), text.len()));
        let number = |length: usize| u32::try_from(length).expect("a chunk's texts are short");
        self.spans[place] = (number(self.text.len()), number(text.len()));
        self.text.push_str(text);
    }

    pub(crate) fn remove(&mut self, place: usize) {
        if let Some(span) = self.spans.get_mut(place) {
            *span = NONE;
        }
    }
}

/// Returns the room to reserve behind `length` elements: for those that are added and, if there is not
/// enough, for a few more.
fn room(capacity: usize, length: usize, added: usize) -> usize {
    if capacity - length < added { added + SPARE } else { added }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_what_it_had() {
        let mut texts = Chunks::<Texts>::default();
        let set = |texts: &mut Chunks<Texts>, place, text| {
            let (chunk, at) = texts.get_mut(place);
            chunk.set(at, text);
        };
        let read = |texts: &Chunks<Texts>, place| {
            texts.get(place).and_then(|(chunk, at)| chunk.get(at).map(str::to_owned))
        };
        set(&mut texts, 5_000, "a");
        let before = texts.clone();
        set(&mut texts, 5_000, "");
        set(&mut texts, 5_001, "c");
        assert_eq!(
            [5_000, 5_001, 9_999].map(|at| read(&before, at)),
            [Some("a".into()), None, None]
        );
        assert_eq!(
            [5_000, 5_001].map(|at| read(&texts, at)),
            [Some(String::new()), Some("c".into())]
        );
    }
}
