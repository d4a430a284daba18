//! Paths: steps, predicates, grouping, ordering, bound variables and parents.

use super::{Parsed, Parser, Slot, no_parent};
use crate::ast::{Expr, Kind, Name, SortTerm, Stage};
use crate::error::SyntaxError;
use crate::lexer::Slash;

impl Expr {
    /// Takes over the search for parents that `part` left unfinished.
    pub(super) fn adopt_seeking(&mut self, part: &Self) {
        self.seeking.extend_from_slice(&part.seeking);
        if let Kind::Parent(slot) = part.kind {
            self.seeking.push(slot);
        }
    }

    /// Returns the step a suffix applies to: a path's last, or the node itself.
    fn last_step(&mut self) -> &mut Self {
        if matches!(self.kind, Kind::Path { .. }) {
            let Kind::Path { steps, .. } = &mut self.kind else { unreachable!("just matched") };
            return steps.last_mut().expect("a path has steps");
        }
        self
    }

    fn is_path(&self) -> bool {
        matches!(self.kind, Kind::Path { .. })
    }

    /// Returns a path of which this is the only step.
    fn into_path(mut self) -> Self {
        if self.is_path() {
            return self;
        }
        let position = self.position;
        let seeking = match self.kind {
            Kind::Parent(slot) => vec![slot],
            _ => Vec::new(),
        };
        self.measure();
        let kind = Kind::Path { steps: vec![self], keep_singleton: false };
        Self { seeking, ..Self::new(kind, position) }
    }
}

impl Parser<'_> {
    /// Builds `%`.
    pub(super) fn parent(&mut self, position: usize) -> Expr {
        let label = self.fresh_name(&"%".into());
        self.slots.push(Slot { label, level: 1 });
        Expr::new(Kind::Parent(self.slots.len() - 1), position)
    }

    /// Builds `left.right`.
    pub(super) fn step(&mut self, left: Expr, position: usize) -> Parsed {
        let mut path = left.into_path();
        let mut right = self.expression(75)?;
        let Kind::Path { steps, keep_singleton } = &mut path.kind else {
            unreachable!("into_path gives a path")
        };
        if let Kind::Path { steps: more, .. } = right.kind {
            steps.extend(more);
        } else {
            let predicates = std::mem::take(&mut right.predicates);
            right.stages.extend(predicates.into_iter().map(Stage::Filter));
            steps.push(right);
        }
        for step in &mut *steps {
            if let Kind::String(text) = &step.kind {
                step.kind = Kind::Member(text.clone());
            }
            if let Some(literal) = literal_text(&step.kind) {
                self.check_complete()?;
                let message = format!(
                    "The literal value {literal} cannot be used as a step within a path expression"
                );
                return Err(SyntaxError::new("S0213", message, step.position));
            }
            *keep_singleton |= step.keep_array;
        }
        for end in [0, steps.len() - 1] {
            if let Kind::Array { whole, .. } = &mut steps[end].kind {
                *whole = true;
            }
        }
        self.resolve_parents(&mut path)?;
        path.position = position;
        Ok(path)
    }

    /// Builds `left[…]`, the bracket being passed.
    pub(super) fn predicate(&mut self, mut left: Expr, position: usize) -> Parsed {
        if self.is("]") {
            self.bump(Slash::Divides)?;
            keep_array(&mut left);
            return Ok(left);
        }
        let predicate = self.expression(0)?;
        self.expect("]", Slash::Divides)?;
        let is_path = left.is_path();
        let step = left.last_step();
        if step.group.is_some() {
            let message = "A predicate cannot follow a grouping expression in a step";
            return Err(SyntaxError::new("S0209", message, position));
        }
        for &slot in &predicate.seeking {
            if self.slots[slot].level == 1 {
                self.seek_parent(step, slot)?;
            } else {
                self.slots[slot].level -= 1;
            }
        }
        step.adopt_seeking(&predicate);
        if is_path {
            step.stages.push(Stage::Filter(predicate));
        } else {
            step.predicates.push(predicate);
        }
        step.measure();
        Ok(left)
    }

    /// Builds `left{…}`, the brace being passed.
    pub(super) fn grouping(&mut self, mut left: Expr, position: usize) -> Parsed {
        let Kind::Object(members) = self.prefix(crate::lexer::Token::Operator("{"), position)?.kind
        else {
            unreachable!("a brace opens an object")
        };
        if left.group.is_some() {
            let message = "Each step can only have one grouping expression";
            return Err(SyntaxError::new("S0210", message, position));
        }
        left.group = Some(members);
        Ok(left)
    }

    /// Builds `left^(…)`, the caret being passed.
    pub(super) fn order_by(&mut self, left: Expr, position: usize) -> Parsed {
        self.expect("(", Slash::OpensRegex)?;
        let mut sort = Expr::new(Kind::Null, position);
        let mut terms = Vec::new();
        loop {
            let descending = self.is(">");
            if descending || self.is("<") {
                self.bump(Slash::OpensRegex)?;
            }
            let key = self.expression(0)?;
            sort.adopt_seeking(&key);
            terms.push(SortTerm { key, descending });
            if !self.is(",") {
                break;
            }
            self.bump(Slash::OpensRegex)?;
        }
        self.expect(")", Slash::Divides)?;
        sort.kind = Kind::Sort(terms);
        sort.measure();
        let mut path = left.into_path();
        let Kind::Path { steps, .. } = &mut path.kind else {
            unreachable!("into_path gives a path")
        };
        steps.push(sort);
        self.resolve_parents(&mut path)?;
        Ok(path)
    }

    /// Builds `left@$name`, the `@` being passed.
    pub(super) fn focus(&mut self, mut left: Expr, position: usize) -> Parsed {
        let name = self.bound_name("@", position)?;
        let step = left.last_step();
        if !step.stages.is_empty() || !step.predicates.is_empty() {
            let message = "A context variable binding must precede any predicates on a step";
            return Err(SyntaxError::new("S0215", message, position));
        }
        if matches!(step.kind, Kind::Sort(_)) {
            let message = "A context variable binding must precede the 'order-by' clause on a step";
            return Err(SyntaxError::new("S0216", message, position));
        }
        step.focus = Some(name);
        step.tuple = true;
        Ok(left)
    }

    /// Builds `left#$name`, the `#` being passed.
    pub(super) fn index(&mut self, left: Expr, position: usize) -> Parsed {
        let name = self.bound_name("#", position)?;
        let was_path = left.is_path();
        let mut path = left.into_path();
        let step = path.last_step();
        if !was_path && !step.predicates.is_empty() {
            let predicates = std::mem::take(&mut step.predicates);
            step.stages.extend(predicates.into_iter().map(Stage::Filter));
        }
        if step.stages.is_empty() {
            step.index = Some(name);
        } else {
            step.stages.push(Stage::Index(name));
        }
        step.tuple = true;
        Ok(path)
    }

    fn bound_name(&mut self, operator: &str, position: usize) -> Result<Name, SyntaxError> {
        let right = self.expression(80)?;
        let Kind::Variable(name) = right.kind else {
            let message =
                format!("The right side of \"{operator}\" must be a variable name (start with $)");
            return Err(SyntaxError::new("S0214", message, position));
        };
        Ok(name)
    }

    /// Finds the steps whose input the parents sought by a path's last step are.
    fn resolve_parents(&mut self, path: &mut Expr) -> Result<(), SyntaxError> {
        let Kind::Path { steps, .. } = &mut path.kind else {
            return Ok(());
        };
        let last = steps.last().expect("a path has steps");
        let mut sought = last.seeking.clone();
        if let Kind::Parent(slot) = last.kind {
            sought.push(slot);
        }
        for slot in sought {
            let mut index = steps.len() - 1;
            while self.slots[slot].level > 0 {
                if index == 0 {
                    path.seeking.push(slot);
                    break;
                }
                index -= 1;
                // Steps that bind a variable leave the context where it was.
                while index > 0 && steps[index].focus.is_some() && steps[index - 1].focus.is_some()
                {
                    index -= 1;
                }
                self.seek_parent(&mut steps[index], slot)?;
            }
        }
        Ok(())
    }

    fn seek_parent(&mut self, node: &mut Expr, slot: usize) -> Result<(), SyntaxError> {
        match &mut node.kind {
            Kind::Member(_) | Kind::Wildcard => {
                self.slots[slot].level -= 1;
                if self.slots[slot].level == 0 {
                    if let Some(other) = node.ancestor {
                        self.slots[slot].label = self.slots[other].label;
                    }
                    node.ancestor = Some(slot);
                    node.tuple = true;
                }
            }
            Kind::Parent(_) => self.slots[slot].level += 1,
            Kind::Block { expressions, .. } => {
                if let Some(last) = expressions.last_mut() {
                    node.tuple = true;
                    self.seek_parent(last, slot)?;
                }
            }
            Kind::Path { steps, .. } => {
                node.tuple = true;
                for (count, step) in steps.iter_mut().rev().enumerate() {
                    if count > 0 && self.slots[slot].level <= 0 {
                        break;
                    }
                    self.seek_parent(step, slot)?;
                }
            }
            _ => return Err(no_parent(node.position)),
        }
        Ok(())
    }
}

/// Marks the node a suffix `[]` belongs to.
fn keep_array(left: &mut Expr) {
    left.keep_array = true;
    if let Kind::Path { steps, keep_singleton } = &mut left.kind
        && let [step] = steps.as_mut_slice()
    {
        step.keep_array = true;
        *keep_singleton = true;
    }
}

fn literal_text(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Number(number) => Some(crate::value::number_text(*number)),
        Kind::Bool(value) => Some(value.to_string()),
        Kind::Null => Some("null".into()),
        _ => None,
    }
}
