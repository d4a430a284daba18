//! Reading: one walk for what is definite, a collecting visit for the rest.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use compasso_types::{Array, Json, Object};

use super::segment::{Condition, Operand, Route, Segment, Slice, Start};
use super::{NotFound, normalized};
use crate::java_text;

/// Most values one reading visits; more means a product of several descents or filters.
const VISITS_MAX: u64 = 2_000_000;
/// Deepest recursion of one reading, far beyond the depth of any JSON text.
const DEPTH_MAX: usize = 1_000;

/// One reading of a path over `document`.
pub(super) struct Reader<'d> {
    document: &'d Json,
    /// Values of the operands that start from the document.
    operands: Vec<OnceCell<Json>>,
    visits: Cell<u64>,
    depth: Cell<usize>,
}

/// What a visit found.
struct Matches {
    values: Vec<Json>,
    /// Whether a missing member is a failure, as it is in an existence test.
    strict: bool,
    failed: bool,
    /// Whether several names at the end make one object.
    merges: bool,
}

/// A segment without a match: its number and the value it was applied to.
struct Miss<'n> {
    at: usize,
    node: &'n Json,
}

pub(super) fn read(
    route: &Route,
    document_operands: usize,
    document: &Json,
) -> Result<Json, NotFound> {
    if route.call.is_none() && route.is_definite() {
        return follow(route, document);
    }
    let reader = Reader {
        document,
        operands: vec![OnceCell::new(); document_operands],
        visits: Cell::new(VISITS_MAX),
        depth: Cell::new(0),
    };
    let value = reader.evaluate(route, document);
    if reader.is_exhausted() {
        return Err(NotFound(format!(
            "the path visits more than {VISITS_MAX} values or goes deeper than {DEPTH_MAX} levels"
        )));
    }
    value
}

/// Returns the place of `index` in an array of `length` items, negative ones counting from the end.
pub(super) fn position(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let position = if index < 0 { length + index } else { index };
    usize::try_from(position).ok().filter(|_| position < length)
}

impl Reader<'_> {
    /// Evaluates `route` from `start`.
    pub(super) fn evaluate(&self, route: &Route, start: &Json) -> Result<Json, NotFound> {
        if let Some(call) = route.call.as_ref().filter(|call| call.gathers) {
            let matches = self.collect(&route.segments, start, false, false).values;
            return self.call(call, start, Some(&matches));
        }
        let (prefix, rest) = route.segments.split_at(route.definite_length());
        if rest.is_empty() && route.call.is_none() {
            return follow(route, start);
        }
        let node = match walk(prefix, start) {
            Ok(node) => node,
            Err(_) if !rest.is_empty() => return Ok(Json::array([])),
            Err(miss) => return Err(miss.explain(route)),
        };
        let Some(call) = &route.call else {
            return Ok(Json::from(self.collect(rest, &node, false, true).values));
        };
        if rest.is_empty() {
            return self.call(call, &node, None);
        }
        let matches = self.collect(rest, &node, false, false).values;
        let results: Result<Vec<_>, _> =
            matches.iter().map(|value| self.call(call, value, None)).collect();
        results.map(Json::from)
    }

    /// Returns the value of an operand; `null` if it leads nowhere.
    pub(super) fn operand<'i>(&'i self, operand: &Operand, item: &'i Json) -> Cow<'i, Json> {
        let route = &operand.route;
        match operand.start {
            Start::Document(number) => {
                let read = || self.evaluate(route, self.document).unwrap_or_default();
                // Operands are numbered across the whole path, so the cell exists.
                self.operands.get(number).map_or_else(
                    || Cow::Owned(read()),
                    |cell| Cow::Borrowed(cell.get_or_init(read)),
                )
            }
            Start::Item if route.call.is_none() && route.is_definite() => {
                walk(&route.segments, item).unwrap_or(Cow::Owned(Json::Null))
            }
            Start::Item => Cow::Owned(self.evaluate(route, item).unwrap_or_default()),
        }
    }

    /// Returns whether an operand leads somewhere; an explicit `null` is somewhere.
    pub(super) fn exists(&self, operand: &Operand, item: &Json) -> bool {
        let route = &operand.route;
        let start = match operand.start {
            Start::Document(_) => self.document,
            Start::Item => item,
        };
        if route.call.is_some() {
            return self.evaluate(route, start).is_ok();
        }
        let (prefix, rest) = route.segments.split_at(route.definite_length());
        let Ok(node) = walk(prefix, start) else {
            return false;
        };
        match rest.first() {
            None => true,
            Some(Segment::Indexes(_) | Segment::Slice(_)) if node.as_array().is_none() => false,
            Some(Segment::Names(_)) if node.as_object().is_none() => false,
            Some(_) => !self.collect(rest, &node, true, true).failed,
        }
    }

    fn collect(&self, segments: &[Segment], node: &Json, strict: bool, merges: bool) -> Matches {
        let mut matches = Matches { values: Vec::new(), strict, failed: false, merges };
        self.visit(segments, node, &mut matches);
        matches
    }

    fn visit(&self, segments: &[Segment], node: &Json, matches: &mut Matches) {
        let Some((segment, rest)) = segments.split_first() else {
            matches.values.push(node.clone());
            return;
        };
        if !self.enter() {
            return;
        }
        match segment {
            Segment::Name(name) => self.visit_member(name, rest, node, matches),
            Segment::Names(names) if rest.is_empty() && matches.merges => {
                matches.values.extend(merged(names, node));
            }
            Segment::Names(names) => {
                for name in names {
                    self.visit_member(name, rest, node, matches);
                }
            }
            Segment::Index(index) => self.visit_items([*index], rest, node, matches),
            Segment::Indexes(indexes) => {
                self.visit_items(indexes.iter().copied(), rest, node, matches);
            }
            Segment::Slice(slice) => {
                let length = node.as_array().map_or(0, Array::len);
                self.visit_items(slice.indexes(length), rest, node, matches);
            }
            Segment::Wildcard => {
                for child in children(node) {
                    self.visit(rest, child, matches);
                    self.charge(1);
                }
            }
            Segment::Descent => self.descend(rest, node, matches),
            Segment::Filter(condition) => self.visit_passing(condition, rest, node, matches),
        }
        self.leave();
    }

    fn visit_member(&self, name: &str, rest: &[Segment], node: &Json, matches: &mut Matches) {
        match node.as_object().map(|members| members.get(name)) {
            Some(Some(member)) => self.visit(rest, member, matches),
            Some(None) => matches.failed |= matches.strict,
            None => {}
        }
    }

    fn visit_items(
        &self,
        indexes: impl IntoIterator<Item = i64>,
        rest: &[Segment],
        node: &Json,
        matches: &mut Matches,
    ) {
        let Some(items) = node.as_array() else { return };
        for index in indexes {
            if let Some(at) = position(index, items.len()) {
                self.visit(rest, &items[at], matches);
                self.charge(1);
            }
        }
    }

    /// Visits `node` if it is an object that meets `condition`, or those items of it that do.
    fn visit_passing(
        &self,
        condition: &Condition,
        rest: &[Segment],
        node: &Json,
        matches: &mut Matches,
    ) {
        match node {
            Json::Object(_) if self.accepts(condition, node) => self.visit(rest, node, matches),
            Json::Array(items) => {
                for item in items.iter().filter(|item| self.accepts(condition, item)) {
                    self.visit(rest, item, matches);
                }
            }
            _ => {}
        }
    }

    /// Visits `node` and everything below it, parents first.
    fn descend(&self, rest: &[Segment], node: &Json, matches: &mut Matches) {
        if !matches!(node, Json::Object(_) | Json::Array(_)) || !self.enter() {
            return;
        }
        if self.concerns(rest, node, matches) {
            self.visit(rest, node, matches);
        }
        for child in children(node) {
            self.charge(1);
            self.descend(rest, child, matches);
        }
        self.leave();
    }

    /// Returns whether a descent applies the segments after it to `node`.
    fn concerns(&self, rest: &[Segment], node: &Json, matches: &Matches) -> bool {
        match rest.first() {
            Some(Segment::Name(name)) => node.get(name).is_some(),
            Some(Segment::Names(names)) if rest.len() == 1 && matches.merges => {
                names.iter().all(|name| node.get(name).is_some())
            }
            // Jayway descends with a filter only into arrays that pass it themselves; their items
            // have their own turn.
            Some(Segment::Filter(condition)) if node.as_array().is_some() => {
                self.accepts(condition, node)
            }
            _ => true,
        }
    }

    /// Takes `visits` from what is left.
    pub(super) fn charge(&self, visits: u64) {
        self.visits.set(self.visits.get().saturating_sub(visits));
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.visits.get() == 0
    }

    /// Goes one level deeper, unless there is nothing left.
    fn enter(&self) -> bool {
        self.charge(1);
        if self.depth.get() == DEPTH_MAX {
            self.visits.set(0);
        }
        if self.is_exhausted() {
            return false;
        }
        self.depth.set(self.depth.get() + 1);
        true
    }

    fn leave(&self) {
        self.depth.set(self.depth.get() - 1);
    }
}

/// Reads a definite route without a function.
fn follow(route: &Route, start: &Json) -> Result<Json, NotFound> {
    walk(&route.segments, start).map(Cow::into_owned).map_err(|miss| miss.explain(route))
}

/// Follows segments that name one node each.
fn walk<'n>(segments: &[Segment], start: &'n Json) -> Result<Cow<'n, Json>, Miss<'n>> {
    let mut node = start;
    for (at, segment) in segments.iter().enumerate() {
        let found = match segment {
            Segment::Name(name) => node.get(name),
            Segment::Index(index) => {
                let items = node.as_array();
                items.and_then(|items| items.get(position(*index, items.len())?))
            }
            Segment::Names(names) => match merged(names, node) {
                Some(merged) => return Ok(Cow::Owned(merged)),
                None => None,
            },
            Segment::Indexes(_)
            | Segment::Slice(_)
            | Segment::Wildcard
            | Segment::Descent
            | Segment::Filter(_) => None,
        };
        node = found.ok_or(Miss { at, node })?;
    }
    Ok(Cow::Borrowed(node))
}

impl Miss<'_> {
    fn explain(&self, route: &Route) -> NotFound {
        let segments = &route.segments;
        let segment = &segments[self.at];
        let place = normalized(&segments[..self.at]);
        let is_last = self.at + 1 == segments.len() && route.call.is_none();
        NotFound(match (segment, self.node) {
            (Segment::Name(_), Json::Object(_)) if !is_last => {
                format!("Missing property in path {place}{segment}")
            }
            (Segment::Name(_), Json::Object(_)) | (Segment::Index(_), Json::Array(_)) => {
                format!("No results for path: {}", normalized(segments))
            }
            (Segment::Index(_), Json::Null) => format!("The path {place} is null"),
            (Segment::Index(_), node) => format!(
                "Filter: {segment} can only be applied to arrays. Current context is: {}",
                java_text::of(node)
            ),
            (_, node) => {
                let property = segment.to_string();
                format!(
                    "Expected to find an object with property {property} in path {place} but found \
                     '{}'.",
                    node.type_name()
                )
            }
        })
    }
}

impl Slice {
    /// Returns the indexes of the slice in an array of `length` items. Jayway compares a negative
    /// start with an end counted from the front, and so do we.
    fn indexes(self, length: usize) -> impl Iterator<Item = i64> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let (from, to) = match (self.from, self.to) {
            (Some(from), Some(to)) => (from.max(-length), to.min(length)),
            (Some(from), None) => (if from < 0 { (length + from).max(0) } else { from }, length),
            (None, Some(to)) => (0, if to < 0 { length + to } else { to.min(length) }),
            (None, None) => (0, 0),
        };
        from..to
    }
}

fn children(node: &Json) -> impl Iterator<Item = &Json> {
    let items = node.as_array().into_iter().flat_map(|items| items.iter());
    items.chain(node.as_object().into_iter().flat_map(|members| members.values()))
}

/// Returns an object of those members of `node` that `names` lists.
fn merged(names: &[Box<str>], node: &Json) -> Option<Json> {
    let members = node.as_object()?;
    let chosen = names.iter().filter_map(|name| members.get_key_value(name));
    Some(Json::from(chosen.map(|(name, value)| (name.clone(), value.clone())).collect::<Object>()))
}
