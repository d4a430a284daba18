//! What programs see of the environment of the process that runs them.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

/// What programs of every kind need to run at all. Everything else of the environment, secrets
/// among it, stays with us.
const INHERITED: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Returns the variables that programs inherit: a fixed few, and those that `passed` names.
pub fn inherited<'a>(passed: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let names = INHERITED.into_iter().chain(passed);
    names.filter_map(|name| Some((name.to_owned(), env::var(name).ok()?))).collect()
}

/// Returns the `PATH` of scripts: the directory of this program comes last, so that they find
/// `compasso` even where it is not installed.
pub(crate) fn path_of_scripts(inherited: &str) -> String {
    let own = env::current_exe().ok().and_then(|program| program.parent().map(PathBuf::from));
    let mut places: Vec<_> = env::split_paths(inherited).collect();
    places.extend(own.filter(|own| !places.contains(own)));
    let joined = env::join_paths(places).ok().and_then(|joined| joined.into_string().ok());
    joined.unwrap_or_else(|| inherited.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_find_this_program_after_all_others() {
        let own = env::current_exe().unwrap().parent().unwrap().display().to_string();
        let path = path_of_scripts("/usr/bin:/bin");
        assert_eq!(path, format!("/usr/bin:/bin:{own}"));
        assert_eq!(path_of_scripts(&path), path, "it is there already");
    }
}
