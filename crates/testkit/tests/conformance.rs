//! Runs every case of `conformance/*.md`; `UPDATE_EXPECT=1` writes what was observed into them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use compasso_testkit::{Case, Crash, Document};

/// Crashes are tried after each of the first turns of a case.
const CRASHES_MAX: usize = 12;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
    let entries = fs::read_dir(folder).expect("the conformance folder is there");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_case_goes_as_its_page_says() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut problems = Vec::new();
    let mut count = 0;
    for path in files() {
        let document = Document::parse(&fs::read_to_string(&path).unwrap());
        let mut observed = Vec::new();
        for case in &document.cases {
            count += 1;
            match case.observe(None) {
                Ok(texts) => {
                    if !update {
                        compare(&path, case, &texts, &mut problems);
                    }
                    observed.push((case, texts));
                }
                Err(error) => problems.push(format!("{}\n{error}", place(&path, case))),
            }
        }
        if update {
            fs::write(&path, document.with_observed(&observed)).unwrap();
        }
    }
    println!("{count} cases");
    assert!(problems.is_empty(), "{} problems\n\n{}", problems.len(), problems.join("\n\n"));
}

fn compare(path: &Path, case: &Case, observed: &[(String, String)], problems: &mut Vec<String>) {
    for (role, text) in observed {
        let expected = &case.block(role).expect("only blocks of the case are observed").text;
        if expected != text {
            let place = place(path, case);
            problems.push(format!("{place}: {role}\n--- expected\n{expected}--- observed\n{text}"));
        }
    }
}

fn place(path: &Path, case: &Case) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{file}:{}: {}", case.line, case.name)
}

#[test]
fn a_crash_after_any_turn_ends_the_same() {
    for path in files() {
        let document = Document::parse(&fs::read_to_string(&path).unwrap());
        for case in &document.cases {
            let turns = case.run(None).ok().flatten().map_or(0, |ended| ended.turns);
            for after_turns in 1..=turns.min(CRASHES_MAX) {
                let observed = case.observe(Some(Crash { after_turns })).unwrap_or_default();
                let mut problems = Vec::new();
                compare(&path, case, &observed, &mut problems);
                assert!(
                    problems.is_empty(),
                    "crash after turn {after_turns}\n{}",
                    problems.join("\n")
                );
            }
        }
    }
}

#[test]
fn names_of_cases_are_unique() {
    let mut names = BTreeSet::new();
    for path in files() {
        for case in Document::parse(&fs::read_to_string(&path).unwrap()).cases {
            assert!(names.insert(case.name.clone()), "{}", place(&path, &case));
        }
    }
}
