//! The members of an object.
//!
//! Most objects have few members, and there can be a million of them: each takes the room of its
//! members and little else. Where there are more, an index finds them.

use std::ops::Index;
use std::sync::Arc;
use std::{fmt, slice, vec};

use indexmap::{IndexMap, map};

use super::Json;

/// With more members there is an index: up to here, looking at one after the other is as fast.
const FEW_MAX: usize = 16;

/// The members of an object, in order of appearance; two are equal whatever that is.
#[derive(Clone)]
pub struct Object(Members);

type Member = (Arc<str>, Json);

#[derive(Clone)]
enum Members {
    Few(Vec<Member>),
    Many(Box<IndexMap<Arc<str>, Json>>),
}

/// Goes through the members of an object.
#[derive(Clone)]
pub struct Iter<'a>(Either<slice::Iter<'a, Member>, map::Iter<'a, Arc<str>, Json>>);

/// Gives the members of an object away.
pub struct IntoIter(Either<vec::IntoIter<Member>, map::IntoIter<Arc<str>, Json>>);

#[derive(Clone)]
enum Either<F, M> {
    Few(F),
    Many(M),
}

impl Object {
    /// Makes one without members.
    pub const fn new() -> Self {
        Self(Members::Few(Vec::new()))
    }

    /// Makes one with room for so many members.
    pub fn with_capacity(count: usize) -> Self {
        if count <= FEW_MAX {
            return Self(Members::Few(Vec::with_capacity(count)));
        }
        Self(Members::Many(Box::new(IndexMap::with_capacity(count))))
    }

    /// Returns how many members there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Members::Few(members) => members.len(),
            Members::Many(members) => members.len(),
        }
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a member.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.get_key_value(name).map(|(_, value)| value)
    }

    /// Returns a member and its name.
    pub fn get_key_value(&self, name: &str) -> Option<(&Arc<str>, &Json)> {
        match &self.0 {
            Members::Few(members) => {
                members.iter().find(|(key, _)| **key == *name).map(|(key, value)| (key, value))
            }
            Members::Many(members) => members.get_key_value(name),
        }
    }

    /// Returns a member to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Json> {
        match &mut self.0 {
            Members::Few(members) => {
                members.iter_mut().find(|(key, _)| **key == *name).map(|(_, value)| value)
            }
            Members::Many(members) => members.get_mut(name),
        }
    }

    /// Returns the member at a place, and its name.
    pub fn get_index(&self, index: usize) -> Option<(&Arc<str>, &Json)> {
        match &self.0 {
            Members::Few(members) => members.get(index).map(|(key, value)| (key, value)),
            Members::Many(members) => members.get_index(index),
        }
    }

    /// Returns the first member, and its name.
    pub fn first(&self) -> Option<(&Arc<str>, &Json)> {
        self.get_index(0)
    }

    /// Returns whether there is a member of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Gives a member a value, behind the others if it is new; returns the one it had.
    pub fn insert(&mut self, name: Arc<str>, value: Json) -> Option<Json> {
        match &mut self.0 {
            Members::Few(members) => {
                if let Some((_, present)) = members.iter_mut().find(|(key, _)| *key == name) {
                    return Some(std::mem::replace(present, value));
                }
                if members.len() < FEW_MAX {
                    members.push((name, value));
                    return None;
                }
                let mut many: IndexMap<_, _> = std::mem::take(members).into_iter().collect();
                many.insert(name, value);
                self.0 = Members::Many(Box::new(many));
                None
            }
            Members::Many(members) => members.insert(name, value),
        }
    }

    /// Gives a member a value unless it has one.
    pub fn insert_if_absent(&mut self, name: Arc<str>, value: impl FnOnce() -> Json) {
        if !self.contains_key(&name) {
            self.insert(name, value());
        }
    }

    /// Takes a member away; the others keep their order.
    pub fn shift_remove(&mut self, name: &str) -> Option<Json> {
        match &mut self.0 {
            Members::Few(members) => {
                let at = members.iter().position(|(key, _)| **key == *name)?;
                Some(members.remove(at).1)
            }
            Members::Many(members) => members.shift_remove(name),
        }
    }

    /// Keeps those members that `keeps` says.
    pub fn retain(&mut self, mut keeps: impl FnMut(&Arc<str>, &mut Json) -> bool) {
        match &mut self.0 {
            Members::Few(members) => members.retain_mut(|(key, value)| keeps(key, value)),
            Members::Many(members) => members.retain(keeps),
        }
    }

    /// Puts the members into the order of their names.
    pub fn sort_keys(&mut self) {
        match &mut self.0 {
            Members::Few(members) => members.sort_by(|a, b| a.0.cmp(&b.0)),
            Members::Many(members) => members.sort_keys(),
        }
    }

    /// Gives room back that no member takes.
    pub(super) fn shrink_to_fit(&mut self) {
        match &mut self.0 {
            Members::Few(members) => members.shrink_to_fit(),
            Members::Many(members) => members.shrink_to_fit(),
        }
    }

    /// Goes through the members.
    pub fn iter(&self) -> Iter<'_> {
        Iter(match &self.0 {
            Members::Few(members) => Either::Few(members.iter()),
            Members::Many(members) => Either::Many(members.iter()),
        })
    }

    /// Goes through the names.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Arc<str>> + ExactSizeIterator + Clone {
        self.iter().map(|(name, _)| name)
    }

    /// Goes through the values.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Json> + ExactSizeIterator + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// Goes through the members, whose values may be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Arc<str>, &mut Json)> {
        match &mut self.0 {
            Members::Few(members) => {
                Either::Few(members.iter_mut().map(|(key, value)| (&*key, value)))
            }
            Members::Many(members) => Either::Many(members.iter_mut()),
        }
    }

    /// Goes through the values, which may be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Json> {
        self.iter_mut().map(|(_, value)| value)
    }
}

impl Default for Object {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().all(|(name, value)| other.get(name).is_some_and(|other| other == value))
    }
}

/// Returns a member that is there.
impl Index<&str> for Object {
    type Output = Json;

    fn index(&self, name: &str) -> &Json {
        self.get(name).expect("the object has this member")
    }
}

impl Extend<(Arc<str>, Json)> for Object {
    fn extend<T: IntoIterator<Item = (Arc<str>, Json)>>(&mut self, members: T) {
        for (name, value) in members {
            self.insert(name, value);
        }
    }
}

impl FromIterator<(Arc<str>, Json)> for Object {
    fn from_iter<T: IntoIterator<Item = (Arc<str>, Json)>>(members: T) -> Self {
        let members = members.into_iter();
        let mut object = Self::with_capacity(members.size_hint().0);
        object.extend(members);
        object
    }
}

impl<const N: usize> From<[(Arc<str>, Json); N]> for Object {
    fn from(members: [(Arc<str>, Json); N]) -> Self {
        members.into_iter().collect()
    }
}

impl IntoIterator for Object {
    type Item = (Arc<str>, Json);
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        IntoIter(match self.0 {
            Members::Few(members) => Either::Few(members.into_iter()),
            Members::Many(members) => Either::Many(members.into_iter()),
        })
    }
}

impl<'a> IntoIterator for &'a Object {
    type Item = (&'a Arc<str>, &'a Json);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<I, F: Iterator<Item = I>, M: Iterator<Item = I>> Iterator for Either<F, M> {
    type Item = I;

    fn next(&mut self) -> Option<I> {
        match self {
            Self::Few(members) => members.next(),
            Self::Many(members) => members.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Few(members) => members.size_hint(),
            Self::Many(members) => members.size_hint(),
        }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Arc<str>, &'a Json);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Either::Few(members) => members.next().map(|(name, value)| (name, value)),
            Either::Many(members) => members.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Either::Few(members) => members.size_hint(),
            Either::Many(members) => members.size_hint(),
        }
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Either::Few(members) => members.next_back().map(|(name, value)| (name, value)),
            Either::Many(members) => members.next_back(),
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl Iterator for IntoIter {
    type Item = (Arc<str>, Json);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for IntoIter {}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(count: i64) -> Object {
        (0..count).map(|n| (format!("m{n}").into(), Json::from(n))).collect()
    }

    #[test]
    fn few_and_many_members_behave_alike() {
        for count in [3, 16, 17, 40] {
            let mut object = numbered(count);
            assert_eq!(object.len() as i64, count);
            assert_eq!(object.insert("m1".into(), Json::from(-1)), Some(Json::from(1)));
            assert_eq!(object.insert("new".into(), Json::Null), None);
            assert_eq!(object.shift_remove("m0"), Some(Json::from(0)));
            assert_eq!(object.shift_remove("m0"), None);
            let names: Vec<_> = object.keys().map(|name| &**name).collect();
            assert_eq!((names[0], names[names.len() - 1]), ("m1", "new"));
            assert_eq!(object.get("m1"), Some(&Json::from(-1)));
            assert_eq!(object.get_index(1), object.get_key_value("m2"));
            object.insert_if_absent("new".into(), || Json::from(7));
            object.retain(|name, value| {
                *value = Json::from(0);
                !name.ends_with('2')
            });
            assert!(!object.contains_key("m2"));
            assert!(object.values().all(|value| *value == Json::from(0)));
            assert_eq!(object.iter().next_back().unwrap().0.as_ref(), "new");
            assert_eq!(object.clone().into_iter().len(), object.len());
        }
    }

    #[test]
    fn the_order_of_members_makes_no_other_object() {
        for count in [4, 40] {
            let object = numbered(count);
            let mut sorted: Object =
                object.clone().into_iter().collect::<Vec<_>>().into_iter().rev().collect();
            assert_eq!(object, sorted);
            sorted.insert("m0".into(), Json::Null);
            assert_ne!(object, sorted);
        }
    }

    #[test]
    fn an_object_is_as_large_as_its_members() {
        assert_eq!(size_of::<Object>(), size_of::<Vec<Json>>());
    }
}
