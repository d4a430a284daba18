//! Finding the values of a JSON text that are taken out of it.

use std::ops::Range;

use super::{LARGE_BYTES, REFERENCE_BYTES, referred};

/// Finds the large values that hold no other large one, and what looks like a reference beside them;
/// `None` if the text is no JSON or has no large value. What is JSON is not checked to the letter:
/// strings and brackets have to end.
pub(super) fn large(text: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut scan = Scan { text, open: Vec::new(), found: Vec::new() };
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                let end = string_end(text, at)?;
                scan.value(at..end, false);
                at = end;
                continue;
            }
            b'{' | b'[' => scan.open.push(Open { start: at, holds_large: false }),
            b'}' | b']' => {
                let Open { start, holds_large } = scan.open.pop()?;
                scan.value(start..at + 1, holds_large);
            }
            _ => {}
        }
        at += 1;
    }
    (scan.open.is_empty() && !scan.found.is_empty()).then_some(scan.found)
}

/// An array or object whose end has not come yet.
struct Open {
    start: usize,
    holds_large: bool,
}

struct Scan<'t> {
    text: &'t [u8],
    open: Vec<Open>,
    found: Vec<Range<usize>>,
}

impl Scan<'_> {
    /// Takes note of a value that has ended.
    fn value(&mut self, range: Range<usize>, holds_large: bool) {
        let is_large = range.len() >= LARGE_BYTES && !holds_large;
        if is_large {
            // They go with it.
            while self.found.last().is_some_and(|inner| inner.start >= range.start) {
                self.found.pop();
            }
        }
        if (is_large || holds_large)
            && let Some(around) = self.open.last_mut()
        {
            around.holds_large = true;
        }
        let is_like_reference =
            range.len() == REFERENCE_BYTES && referred(&self.text[range.clone()]).is_some();
        if is_large || is_like_reference {
            self.found.push(range);
        }
    }
}

/// Returns where the string that begins at `start` has ended.
fn string_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += text.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        match text[at] {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}
