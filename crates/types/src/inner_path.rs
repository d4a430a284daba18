//! Paths that stay where they begin.

use std::path::{Component, Path};

/// Says whether a path names something below the directory that it is relative to.
pub fn is_inner_path(path: &str) -> bool {
    let path = Path::new(path);
    let stays =
        path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    stays && path.file_name().is_some()
}

#[cfg(test)]
mod tests {
    use super::is_inner_path;

    #[test]
    fn paths_that_climb_begin_at_the_root_or_name_nothing_are_not_below() {
        for path in ["a", "./a", "a/b.txt", "a/./b", "..a", "**/*.csv"] {
            assert!(is_inner_path(path), "{path}");
        }
        for path in ["", ".", "/a", "../a", "a/../../b", "a/.."] {
            assert!(!is_inner_path(path), "{path}");
        }
    }
}
