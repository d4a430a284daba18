//! News for users are files `changelog.d/<slug>.<kind>.md`, one per change, so that two branches
//! never edit the same line; a release gathers them into `CHANGELOG.md`.

use crate::tree::Tree;

const KINDS: [&str; 5] = ["added", "changed", "fixed", "removed", "security"];

/// Checks names and texts of the pieces of news.
pub(crate) fn check(tree: &Tree, problems: &mut Vec<String>) {
    for (path, text) in tree.below("changelog.d/") {
        let name = path.trim_start_matches("changelog.d/");
        if name == "README.md" {
            continue;
        }
        if !is_name(name) {
            problems.push(format!("{path}: call it <slug>.<{}>.md", KINDS.join("|")));
        }
        if !is_sentence(text.trim()) {
            problems.push(format!("{path}: write sentences for users, with a full stop"));
        }
    }
}

fn is_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split('.').collect();
    let [slug, kind, "md"] = parts.as_slice() else {
        return false;
    };
    let in_slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !slug.is_empty() && slug.chars().all(in_slug) && KINDS.contains(kind)
}

fn is_sentence(text: &str) -> bool {
    text.starts_with(|c: char| c.is_uppercase() || c == '`') && text.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(name: &str, text: &str) -> usize {
        let mut problems = Vec::new();
        check(&Tree::from([(format!("changelog.d/{name}").as_str(), text)]), &mut problems);
        problems.len()
    }

    #[test]
    fn a_named_sentence_is_fine() {
        assert_eq!(problems("map-state.added.md", "Inline Map runs.\n"), 0);
        assert_eq!(problems("README.md", "anything"), 0);
    }

    #[test]
    fn a_wrong_name_is_a_problem() {
        for name in ["map.md", "Map.added.md", "map.news.md", ".added.md"] {
            assert_eq!(problems(name, "Inline Map runs."), 1, "{name}");
        }
    }

    #[test]
    fn an_empty_or_broken_sentence_is_a_problem() {
        for text in ["", "inline map", "Inline map"] {
            assert_eq!(problems("map.added.md", text), 1, "{text:?}");
        }
    }
}
