//! The outputs of branches or iterations that stand together, as far as they are there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use compasso_types::{Json, Payload};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::scope::{Position, Work};
use crate::{Execution, ScopeId, Status};

/// Outputs by place. What ended with `null` has ended, so the places are stored that have an
/// output. Images of earlier versions hold a list, in which such a place looks open until
/// [`Execution::close_places`] has closed it.
#[derive(Clone, Debug)]
pub(crate) struct Outputs(Vec<Option<Payload>>);

impl Outputs {
    /// Makes room for `count` outputs.
    pub(crate) fn new(count: usize) -> Self {
        Self(vec![None; count])
    }

    /// Returns how many there will be.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Puts an output into its place.
    pub(crate) fn set(&mut self, place: u32, output: Payload) {
        self.0[place as usize] = Some(output);
    }

    /// Returns the output of a place.
    pub(crate) fn get(&self, place: u32) -> Option<&Payload> {
        self.0.get(place as usize)?.as_ref()
    }

    /// Returns an array of all of them, with null in the gaps.
    pub(crate) fn or_null(&self) -> Payload {
        let null = Payload::from(Json::Null);
        let outputs = self.0.iter().map(|output| output.clone().unwrap_or_else(|| null.clone()));
        Payload::array_of(&outputs.collect::<Vec<_>>())
    }

    /// Returns all of them once there are no gaps.
    pub(crate) fn complete(&self) -> Option<Vec<Payload>> {
        self.0.iter().cloned().collect()
    }

    /// Puts `null` into those of the first `count` places that have no output and do not run.
    fn close(&mut self, count: usize, runs: impl Fn(u32) -> bool) {
        for (place, output) in (0..).zip(&mut self.0).take(count) {
            if output.is_none() && !runs(place) {
                *output = Some(Json::Null.into());
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
            let Position::In(active) = &mut scope.position else { continue };
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
        let places = (0_u32..).zip(&self.0);
        let ended: BTreeMap<_, _> =
            places.filter_map(|(place, output)| Some((place, output.as_ref()?))).collect();
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(COUNT, &self.0.len())?;
        map.serialize_entry(ENDED, &ended)?;
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
        let mut outputs = Vec::new();
        while let Some(output) = list.next_element()? {
            outputs.push(output);
        }
        Ok(Outputs(outputs))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outputs, A::Error> {
        let (mut count, mut ended) = (0, BTreeMap::<u32, Payload>::new());
        while let Some(name) = map.next_key::<String>()? {
            match &*name {
                COUNT => count = map.next_value()?,
                _ => ended = map.next_value()?,
            }
        }
        let mut outputs = Outputs::new(count);
        for (place, output) in ended {
            let slot = outputs.0.get_mut(place as usize);
            *slot.ok_or_else(|| serde::de::Error::custom("an output has no place"))? = Some(output);
        }
        Ok(outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_ended_with_null_survives_storing() {
        let mut outputs = Outputs::new(3);
        outputs.set(1, Payload::parse("null").unwrap());
        let text = serde_json::to_string(&outputs).unwrap();
        assert_eq!(text, r#"{"count":3,"ended":{"1":null}}"#);
        let mut read: Outputs = serde_json::from_str(&text).unwrap();
        read.set(0, Payload::parse("1").unwrap());
        assert!(read.complete().is_none());
        read.set(2, Payload::parse("2").unwrap());
        let texts: Vec<_> = read.complete().unwrap().iter().map(|p| p.text().to_owned()).collect();
        assert_eq!(texts, ["1", "null", "2"]);
    }

    #[test]
    fn lists_of_earlier_versions_are_read() {
        let read: Outputs = serde_json::from_str("[1,[2]]").unwrap();
        assert_eq!(read.complete().unwrap().len(), 2);
        assert!(serde_json::from_str::<Outputs>(r#"{"count":1,"ended":{"1":2}}"#).is_err());
    }
}
