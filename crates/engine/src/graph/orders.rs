//! What people ask of tasks before those begin: by their paths, and of the run as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The path of the run itself: what is asked of it holds for all its tasks.
pub const WHOLE_RUN: &str = "";

/// What can be asked of a task that has not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SteerOrder {
    /// It is not to begin until it is released.
    Hold,
    /// It is as if nothing had been asked of it.
    Release,
    /// It is to be skipped instead of run.
    Skip,
}

/// The orders that hold, each with what is known of it. **Invariant:** a release is kept only while the
/// run is held as a whole, which it makes an exception from.
#[derive(Clone, Debug)]
pub struct Orders<T>(BTreeMap<Arc<str>, (SteerOrder, T)>);

impl<T> Default for Orders<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Orders<T> {
    /// Returns whether none holds.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether the run is held as a whole.
    pub fn hold_all(&self) -> bool {
        self.0.contains_key(WHOLE_RUN)
    }

    /// Takes an order.
    pub fn take(&mut self, task: &Arc<str>, order: SteerOrder, known: T) {
        if **task == *WHOLE_RUN {
            // What is skipped stays so, whatever is asked of all.
            self.0.retain(|_, (kept, _)| match order {
                SteerOrder::Hold => *kept != SteerOrder::Release,
                SteerOrder::Release | SteerOrder::Skip => *kept == SteerOrder::Skip,
            });
        }
        if order == SteerOrder::Release && !(self.hold_all() && **task != *WHOLE_RUN) {
            self.0.remove(task);
        } else {
            self.0.insert(task.clone(), (order, known));
        }
    }

    /// Returns what is asked of a task, if it is to be held or skipped: by its own order, or by that
    /// for the run unless it, or a group around it, was let go.
    pub fn of(&self, task: &str) -> Option<(SteerOrder, &T)> {
        if let Some(own) = self.0.get(task) {
            return asked(own);
        }
        self.within(task.rsplit_once('.').map_or(WHOLE_RUN, |(group, _)| group))
    }

    /// Returns what is asked of the tasks of a group that have no order of their own.
    pub fn within(&self, group: &str) -> Option<(SteerOrder, &T)> {
        let all = self.0.get(WHOLE_RUN)?;
        let mut around = Some(group).filter(|group| !group.is_empty());
        while let Some(path) = around {
            if self.0.get(path).is_some_and(|(order, _)| *order == SteerOrder::Release) {
                return None;
            }
            around = path.rsplit_once('.').map(|(outer, _)| outer);
        }
        asked(all)
    }

    /// Returns the orders for tasks of a group, by their ids: `None` of those that were let go.
    pub(crate) fn own_of<'a>(&'a self, group: &str) -> BTreeMap<&'a str, Option<SteerOrder>> {
        let own = self.0.iter().filter_map(|(task, order)| {
            let (of, id) = task.rsplit_once('.').unwrap_or((WHOLE_RUN, task));
            (of == group && !id.is_empty()).then_some((id, asked(order).map(|(order, _)| order)))
        });
        own.collect()
    }

    /// Returns whether anything is held.
    pub(crate) fn hold_any(&self) -> bool {
        self.0.values().any(|(order, _)| *order == SteerOrder::Hold)
    }

    /// Returns whether anything is an exception from the hold of the run.
    pub(crate) fn let_any_go(&self) -> bool {
        self.0.values().any(|(order, _)| *order == SteerOrder::Release)
    }

    /// Forgets which tasks are to be skipped, as each generation of a run does; returns their paths.
    pub fn forget_skips(&mut self) -> Vec<Arc<str>> {
        let skips = self.0.iter().filter(|(_, (order, _))| *order == SteerOrder::Skip);
        let skips: Vec<_> = skips.map(|(task, _)| task.clone()).collect();
        self.0.retain(|_, (order, _)| *order != SteerOrder::Skip);
        skips
    }
}

fn asked<T>((order, known): &(SteerOrder, T)) -> Option<(SteerOrder, &T)> {
    (*order != SteerOrder::Release).then_some((*order, known))
}

/// The words for orders that images hold.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Held,
    ToBeSkipped,
    LetGo,
}

impl Serialize for Orders<()> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(task, (order, ()))| {
            let word = match order {
                SteerOrder::Hold => Word::Held,
                SteerOrder::Skip => Word::ToBeSkipped,
                SteerOrder::Release => Word::LetGo,
            };
            (task, word)
        }))
    }
}

impl<'de> Deserialize<'de> for Orders<()> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = BTreeMap::<Arc<str>, Word>::deserialize(deserializer)?;
        let orders = words.into_iter().map(|(task, word)| {
            let order = match word {
                Word::Held => SteerOrder::Hold,
                Word::ToBeSkipped => SteerOrder::Skip,
                Word::LetGo => SteerOrder::Release,
            };
            (task, (order, ()))
        });
        Ok(Self(orders.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::SteerOrder::{Hold, Release, Skip};
    use super::*;

    fn orders(orders: &[(&str, SteerOrder)]) -> Orders<()> {
        let mut taken = Orders::default();
        for (task, order) in orders {
            taken.take(&(*task).into(), *order, ());
        }
        taken
    }

    fn of(orders: &Orders<()>, task: &str) -> Option<SteerOrder> {
        orders.of(task).map(|(order, ())| order)
    }

    #[test]
    fn a_run_that_is_held_holds_all_but_what_was_let_go() {
        let taken = orders(&[("a", Skip), ("", Hold), ("g", Release), ("h.b", Release)]);
        let found = ["a", "b", "g", "g.a", "g.i.a", "h", "h.b", "h.c"].map(|task| of(&taken, task));
        let (held, skipped) = (Some(Hold), Some(Skip));
        assert_eq!(found, [skipped, held, None, None, None, held, None, held]);
        let text = serde_json::to_string(&taken).unwrap();
        assert_eq!(text, r#"{"":"held","a":"to_be_skipped","g":"let_go","h.b":"let_go"}"#);
        let read: Orders<()> = serde_json::from_str(&text).unwrap();
        assert_eq!((of(&read, "b"), of(&read, "g.a")), (held, None));
    }

    #[test]
    fn the_release_of_a_run_lets_all_go_but_what_is_to_be_skipped() {
        let taken = orders(&[("b", Hold), ("a", Skip), ("", Hold), ("c", Release), ("", Release)]);
        assert_eq!(
            ["a", "b", "c", "d"].map(|task| of(&taken, task)),
            [Some(Skip), None, None, None]
        );
        assert!(!taken.hold_any() && !taken.hold_all());
    }

    #[test]
    fn a_run_that_is_held_again_holds_what_was_let_go() {
        let taken = orders(&[("", Hold), ("a", Release), ("", Hold)]);
        assert_eq!(of(&taken, "a"), Some(Hold));
        assert_eq!(of(&orders(&[("a", Hold), ("a", Release)]), "a"), None);
        assert!(orders(&[("a", Hold), ("a", Release)]).is_empty());
    }
}
