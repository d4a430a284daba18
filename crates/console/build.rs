//! Lists the files of the built console, so that they become part of the program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const DIST: &str = "../../ui/dist";

fn main() {
    println!("cargo:rerun-if-changed={DIST}");
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join(DIST);
    let mut table = String::from("&[\n");
    for file in files(&dist) {
        let name = file.strip_prefix(&dist).expect("it was found there").display();
        writeln!(table, "    ({:?}, include_bytes!({:?})),", name.to_string(), file.display())
            .expect("a string takes every text");
    }
    table.push_str("]\n");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("files.rs"), table).expect("the build directory is writable");
}

/// Returns the files below a directory, in order; none if it is not there.
fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        println!("cargo:rerun-if-changed={}", path.display());
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
