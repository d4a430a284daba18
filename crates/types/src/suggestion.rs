//! Names that were probably meant.

/// Most names a word is compared with.
const CANDIDATES_MAX: usize = 1_000;
/// Longest word that is compared.
const CHARS_MAX: usize = 80;

/// Returns "did you mean …" with the one of `candidates` that is nearest to `word`, if one is near.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let word: Vec<char> = word.chars().take(CHARS_MAX + 1).collect();
    if word.len() > CHARS_MAX {
        return None;
    }
    let limit = word.len().div_ceil(3).clamp(1, 4);
    let near = candidates.take(CANDIDATES_MAX).filter_map(|candidate| {
        let distance = distance(&word, candidate, limit)?;
        Some((distance, candidate))
    });
    let (_, candidate) = near.min_by_key(|(distance, _)| *distance)?;
    Some(format!("did you mean '{candidate}'?"))
}

/// Returns how many insertions, deletions, replacements and swaps of neighbours lead from `word`
/// to `other`, letter case apart, if at most `limit`.
fn distance(word: &[char], other: &str, limit: usize) -> Option<usize> {
    let other: Vec<char> = other.chars().take(CHARS_MAX + 1).collect();
    if word.len().abs_diff(other.len()) > limit {
        return None;
    }
    let same = |a: char, b: char| a.eq_ignore_ascii_case(&b);
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let replaced = previous[j] + usize::from(!same(*a, *b));
            let mut best = replaced.min(previous[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && same(*a, other[j - 1]) && same(word[i - 1], *b) {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut previous, row);
    }
    let distance = *previous.last()?;
    (distance <= limit && distance < word.len().max(1)).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_near_names_are_suggested() {
        let names = ["Resource", "Result", "ResultPath", "Next"];
        for (word, expected) in [
            ("Resorce", Some("did you mean 'Resource'?")),
            ("resource", Some("did you mean 'Resource'?")),
            ("Nxet", Some("did you mean 'Next'?")),
            ("Foo", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names.into_iter()).as_deref(), expected, "{word}");
        }
    }
}
