//! The outputs of branches or iterations that stand together, as far as they are there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use compasso_types::{Json, Payload};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::chunks::{Chunks, Texts};
use crate::scope::{Position, Work};
use crate::{Execution, ScopeId, Status};

/// Longer outputs are shared, not copied, bytes.
const SHORT_BYTES_MAX: usize = 256;

/// Outputs by place. What ended with `null` has ended, so the places are stored that have an
/// output. Images of earlier versions hold a list, in which such a place looks open until
/// [`Execution::close_places`] has closed it.
#[derive(Clone, Debug)]
pub(crate) struct Outputs {
    count: usize,
    parts: Chunks<Part>,
    /// How many there are, and the bytes of their texts.
    ended: usize,
    bytes: usize,
}

#[derive(Clone, Debug, Default)]
struct Part {
    short: Texts,
    long: BTreeMap<usize, Payload>,
}

impl Outputs {
    /// Makes room for `count` outputs.
    pub(crate) fn new(count: usize) -> Self {
        Self { count, parts: Chunks::default(), ended: 0, bytes: 0 }
    }

    /// Returns how many there will be.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Makes room for `count` more.
    pub(crate) fn grow(&mut self, count: usize) {
        self.count += count;
    }

    /// Returns how many there are by now.
    pub(crate) fn ended(&self) -> usize {
        self.ended
    }

    /// Returns how many bytes their texts have.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts an output into its place.
    pub(crate) fn set(&mut self, place: u32, output: &Payload) {
        self.discount(place);
        self.ended += 1;
        self.bytes += output.text().len();
        let (part, place) = self.parts.get_mut(place);
        if output.text().len() <= SHORT_BYTES_MAX {
            part.long.remove(&place);
            part.short.set(place, output.text());
        } else {
            part.short.remove(place);
            part.long.insert(place, output.clone());
        }
    }

    /// Takes the output of a place away.
    pub(crate) fn remove(&mut self, place: u32) {
        self.discount(place);
        let (part, place) = self.parts.get_mut(place);
        part.long.remove(&place);
        part.short.remove(place);
    }

    fn discount(&mut self, place: u32) {
        if let Some(bytes) = self.text(place).map(str::len) {
            self.ended -= 1;
            self.bytes -= bytes;
        }
    }

    /// Returns the output of a place.
    pub(crate) fn get(&self, place: u32) -> Option<Payload> {
        let (part, place) = self.parts.get(place)?;
        let short = || part.short.get(place).map(Payload::known);
        part.long.get(&place).cloned().or_else(short)
    }

    fn text(&self, place: u32) -> Option<&str> {
        let (part, place) = self.parts.get(place)?;
        part.long.get(&place).map(Payload::text).or_else(|| part.short.get(place))
    }

    fn texts(&self) -> impl Iterator<Item = (u32, Option<&str>)> + Clone {
        (0..u32::try_from(self.count).unwrap_or(u32::MAX)).map(|place| (place, self.text(place)))
    }

    /// Returns an array of all of them, with null in the gaps.
    pub(crate) fn or_null(&self) -> Payload {
        Payload::array_of_texts(self.texts().map(|(_, text)| text.unwrap_or("null")))
    }

    /// Returns an array of all of them once there are no gaps.
    pub(crate) fn complete(&self) -> Option<Payload> {
        self.texts().all(|(_, text)| text.is_some()).then(|| self.or_null())
    }

    /// Puts `null` into those of the first `count` places that have no output and do not run.
    fn close(&mut self, count: usize, runs: impl Fn(u32) -> bool) {
        for place in 0..u32::try_from(count).unwrap_or(u32::MAX) {
            if self.text(place).is_none() && !runs(place) {
                self.set(place, &Json::Null.into());
            }
        }
    }
}

impl Execution {
    /// Closes the places in which a branch or iteration has started and is no more: it ended with
    /// `null`.
    pub(crate) fn close_places(&mut self) {
        if self.image.status != Status::Running {
            return;
        }
        let scopes = self.image.scopes.values();
        let running: BTreeSet<(ScopeId, u32)> =
            scopes.filter_map(|scope| Some((scope.parent?, scope.index))).collect();
        for (id, scope) in &mut self.image.scopes {
            let runs = |place| running.contains(&(*id, place));
            let Position::In(active) = &mut Arc::make_mut(scope).position else { continue };
            match &mut active.work {
                Work::Fork { outputs } => outputs.close(outputs.len(), runs),
                // Instances may end without an output.
                Work::Map(work) if work.instances.is_none() => {
                    work.outputs.close(work.next as usize, runs);
                }
                _ => {}
            }
        }
    }
}

const COUNT: &str = "count";
const ENDED: &str = "ended";

impl Serialize for Outputs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(COUNT, &self.count)?;
        map.serialize_entry(ENDED, &Ended(self))?;
        map.end()
    }
}

/// The outputs that are there, written by place.
struct Ended<'o>(&'o Outputs);

impl Serialize for Ended<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let there = self.0.texts().filter_map(|(place, text)| Some((place, text?)));
        let mut map = serializer.serialize_map(None)?;
        for (place, text) in there {
            let raw: &RawValue = serde_json::from_str(text).map_err(serde::ser::Error::custom)?;
            map.serialize_entry(&place, raw)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Outputs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Outputs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outputs by place")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Outputs, A::Error> {
        let mut outputs = Outputs::new(0);
        while let Some(output) = list.next_element::<Option<Payload>>()? {
            if let Some(output) = output {
                let place = u32::try_from(outputs.count).map_err(serde::de::Error::custom)?;
                outputs.set(place, &output);
            }
            outputs.count += 1;
        }
        Ok(outputs)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outputs, A::Error> {
        let mut outputs = Outputs::new(0);
        while let Some(name) = map.next_key::<String>()? {
            match &*name {
                COUNT => outputs.count = map.next_value()?,
                _ => map.next_value_seed(ReadEnded(&mut outputs))?,
            }
        }
        Ok(outputs)
    }
}

/// Puts outputs into their places one by one.
struct ReadEnded<'o>(&'o mut Outputs);

impl<'de> DeserializeSeed<'de> for ReadEnded<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ReadEnded<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outputs by place")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((place, output)) = map.next_entry::<u32, Payload>()? {
            if place as usize >= self.0.count {
                return Err(serde::de::Error::custom("an output has no place"));
            }
            self.0.set(place, &output);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_ended_with_null_survives_storing() {
        let mut outputs = Outputs::new(3);
        outputs.set(1, &Payload::parse("null").unwrap());
        let text = serde_json::to_string(&outputs).unwrap();
        assert_eq!(text, r#"{"count":3,"ended":{"1":null}}"#);
        let mut read: Outputs = serde_json::from_str(&text).unwrap();
        read.set(0, &Payload::parse("1").unwrap());
        assert!(read.complete().is_none());
        read.set(2, &Payload::parse("2").unwrap());
        assert_eq!(read.complete().unwrap().text(), "[1,null,2]");
        assert_eq!((read.ended(), read.bytes()), (3, "1null2".len()));
        read.set(1, &Payload::parse(format!("[{}1]", "1,".repeat(200))).unwrap());
        read.remove(0);
        read.remove(0);
        assert_eq!((read.ended(), read.bytes()), (2, 404));
    }

    #[test]
    fn lists_of_earlier_versions_are_read() {
        let read: Outputs = serde_json::from_str("[1,[2]]").unwrap();
        assert_eq!(read.complete().unwrap().text(), "[1,[2]]");
        assert!(serde_json::from_str::<Outputs>(r#"{"count":1,"ended":{"1":2}}"#).is_err());
    }
}
