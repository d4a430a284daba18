//! What programs see of the environment of the process that runs them.

use std::collections::BTreeMap;

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
    names.filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect()
}
