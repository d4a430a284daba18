//! Packages that must not be built in: the binary has one TLS provider.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

const BANNED: [&str; 3] = ["ring", "openssl-sys", "native-tls"];

/// Asks cargo for the packages the workspace is built from on this machine, one name a line. The
/// lock file would not do: it also holds what no enabled feature brings in.
pub(crate) fn built(root: &Path) -> anyhow::Result<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--prefix", "none", "--format", "{p}"])
        .current_dir(root)
        .output()
        .context("running cargo tree")?;
    let errors = String::from_utf8_lossy(&tree.stderr);
    ensure!(tree.status.success(), "cargo tree failed: {errors}");
    Ok(String::from_utf8(tree.stdout)?)
}

/// Checks the packages that [`built`] gave.
pub(crate) fn check(packages: &str, problems: &mut Vec<String>) {
    for banned in BANNED {
        if packages.lines().any(|line| line.split(' ').next() == Some(banned)) {
            problems.push(format!("{banned} came in; see `cargo tree --workspace -i {banned}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_tls_provider_is_a_problem() {
        let mut problems = Vec::new();
        check("rustls v0.23.0\nring v0.17.0\nringbuf v1.0.0\n", &mut problems);
        assert_eq!(problems, ["ring came in; see `cargo tree --workspace -i ring`"]);
    }
}
