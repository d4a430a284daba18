//! The shape of a graph: tasks one after another and side by side, if it is made of nothing else.

/// Tasks one after another and side by side, each by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Task(usize),
    /// One after another; none of them is a series itself.
    Series(Vec<Shape>),
    /// Side by side; none of them is side by side itself.
    Parallel(Vec<Shape>),
}

/// Why a graph is no such shape: `late` comes after `first` and `both`, `early` only after `both`,
/// and there is no order between `first` and `early`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crossing {
    pub(super) first: usize,
    pub(super) both: usize,
    pub(super) late: usize,
    pub(super) early: usize,
}

impl Shape {
    /// Adds the places of all its tasks.
    pub(super) fn collect(&self, tasks: &mut Vec<usize>) {
        match self {
            Self::Task(task) => tasks.push(*task),
            Self::Series(parts) | Self::Parallel(parts) => {
                for part in parts {
                    part.collect(tasks);
                }
            }
        }
    }
}

impl Shape {
    /// Returns for each of `count` tasks the blocks that it stands in, the outermost first: what is
    /// side by side has a block each.
    pub(super) fn blocks(&self, count: usize) -> Vec<Vec<usize>> {
        let mut blocks = vec![Vec::new(); count];
        self.enter(&[0], &mut 0, &mut blocks);
        blocks
    }

    fn enter(&self, inside: &[usize], last: &mut usize, blocks: &mut [Vec<usize>]) {
        match self {
            Self::Task(task) => inside.clone_into(&mut blocks[*task]),
            Self::Series(parts) => parts.iter().for_each(|part| part.enter(inside, last, blocks)),
            Self::Parallel(parts) => {
                for part in parts {
                    *last += 1;
                    part.enter(&[inside, &[*last]].concat(), last, blocks);
                }
            }
        }
    }
}

/// Returns the shape of the graph in which the task at each place needs those of `needs`, which is
/// free of cycles and not empty.
///
/// # Errors
/// It is not made of series and parallels.
pub(super) fn shape(needs: &[Vec<usize>]) -> Result<Shape, Crossing> {
    Order::new(needs).split(&(0..needs.len()).collect::<Vec<_>>())
}

/// Which task comes after which.
struct Order {
    /// For each task, all that it comes after.
    before: Vec<Vec<bool>>,
}

impl Order {
    fn new(needs: &[Vec<usize>]) -> Self {
        let count = needs.len();
        let mut order = Self { before: vec![Vec::new(); count] };
        for task in 0..count {
            order.settle(task, needs);
        }
        order
    }

    /// Finds all that `task` comes after, those that it needs first.
    fn settle(&mut self, task: usize, needs: &[Vec<usize>]) {
        let mut open = vec![task];
        while let Some(task) = open.last().copied() {
            let unsettled = needs[task].iter().find(|need| self.before[**need].is_empty());
            if let (true, Some(need)) = (self.before[task].is_empty(), unsettled) {
                open.push(*need);
                continue;
            }
            let mut before = vec![false; needs.len()];
            for need in &needs[task] {
                before[*need] = true;
                for (place, earlier) in self.before[*need].iter().enumerate() {
                    before[place] |= earlier;
                }
            }
            self.before[task] = before;
            open.pop();
        }
    }

    fn is_after(&self, later: usize, earlier: usize) -> bool {
        self.before[later][earlier]
    }

    fn is_ordered(&self, one: usize, other: usize) -> bool {
        self.is_after(one, other) || self.is_after(other, one)
    }

    fn split(&self, tasks: &[usize]) -> Result<Shape, Crossing> {
        if let [task] = *tasks {
            return Ok(Shape::Task(task));
        }
        let apart = components(tasks, |one, other| self.is_ordered(one, other));
        if apart.len() > 1 {
            return self.split_all(&apart).map(Shape::Parallel);
        }
        let mut series = components(tasks, |one, other| !self.is_ordered(one, other));
        if series.len() == 1 {
            return Err(self.crossing(tasks));
        }
        let earlier =
            |part: &Vec<usize>| tasks.iter().filter(|task| self.is_after(part[0], **task)).count();
        series.sort_by_cached_key(earlier);
        self.split_all(&series).map(Shape::Series)
    }

    fn split_all(&self, parts: &[Vec<usize>]) -> Result<Vec<Shape>, Crossing> {
        parts.iter().map(|part| self.split(part)).collect()
    }

    /// Finds four tasks that are neither side by side nor one after another.
    fn crossing(&self, tasks: &[usize]) -> Crossing {
        let pairs = tasks.iter().flat_map(|late| tasks.iter().map(move |both| (*late, *both)));
        let found =
            pairs.filter(|(late, both)| self.is_after(*late, *both)).find_map(|(late, both)| {
                let firsts = tasks.iter().copied().filter(|first| {
                    self.is_after(late, *first) && *first != both && !self.is_ordered(*first, both)
                });
                let earlies: Vec<usize> = tasks
                    .iter()
                    .copied()
                    .filter(|early| {
                        self.is_after(*early, both)
                            && *early != late
                            && !self.is_ordered(*early, late)
                    })
                    .collect();
                firsts.into_iter().find_map(|first| {
                    let early = earlies.iter().find(|early| !self.is_ordered(**early, first))?;
                    Some(Crossing { first, both, late, early: *early })
                })
            });
        found.expect("what is neither series nor parallel has such four tasks")
    }
}

/// Returns the tasks that hang together by `is_near`, in the order of their first ones.
fn components(tasks: &[usize], is_near: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut left = tasks.to_vec();
    let mut components = Vec::new();
    while !left.is_empty() {
        let mut component = vec![left.remove(0)];
        let mut looked = 0;
        while let Some(task) = component.get(looked).copied() {
            looked += 1;
            let (near, far) = left.into_iter().partition(|other| is_near(task, *other));
            left = far;
            component.extend::<Vec<usize>>(near);
        }
        component.sort_unstable();
        components.push(component);
    }
    components
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(shape: &Shape) -> String {
        let all = |parts: &[Shape], between: &str| {
            let parts: Vec<String> = parts.iter().map(shown).collect();
            format!("({})", parts.join(between))
        };
        match shape {
            Shape::Task(task) => task.to_string(),
            Shape::Series(parts) => all(parts, " "),
            Shape::Parallel(parts) => all(parts, "|"),
        }
    }

    #[test]
    fn graphs_of_series_and_parallels_are_split_into_them() {
        let cases: [(&[&[usize]], &str); 6] = [
            (&[&[]], "0"),
            (&[&[], &[0], &[1]], "(0 1 2)"),
            (&[&[], &[0], &[0], &[1, 2]], "(0 (1|2) 3)"),
            (&[&[], &[], &[0, 1], &[0, 1]], "((0|1) (2|3))"),
            // A need that others imply is no crossing, and the order of the file does not matter.
            (&[&[2, 1], &[2], &[]], "(2 1 0)"),
            (&[&[], &[0], &[], &[1, 2]], "(((0 1)|2) 3)"),
        ];
        for (needs, expected) in cases {
            let needs: Vec<Vec<usize>> = needs.iter().map(|needs| needs.to_vec()).collect();
            assert_eq!(shown(&shape(&needs).unwrap()), expected);
        }
    }

    #[test]
    fn what_crosses_is_named() {
        let needs = [vec![], vec![], vec![0, 1], vec![1]];
        let crossing = Crossing { first: 0, both: 1, late: 2, early: 3 };
        assert_eq!(shape(&needs), Err(crossing));
    }
}
