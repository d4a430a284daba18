//! Each code with a file that has such problems, and what is said about it.

use std::path::Path;

use compasso_pipeline::{Code, Compiled, Parsed, compile_all, compile_stored, plain_asl};
use expect_test::expect_file;

use crate::check::said;

/// Codes that nothing in the text of a file of people has; they are tested elsewhere.
const ELSEWHERE: [Code; 5] =
    [Code::TooLarge, Code::NotOnServer, Code::NoSecret, Code::Circle, Code::RunsItself];

#[test]
fn every_code_has_a_file_whose_problems_name_the_place_and_a_way_out() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    for code in Code::ALL.iter().filter(|code| !ELSEWHERE.contains(code)) {
        let file = directory.join(format!("{code}.pipeline.yaml"));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{}", file.display()));
        let found = problems(*code, &text);
        let said = said(&found);
        assert!(found.diagnostics.iter().any(|found| found.code == *code), "{code}: {said}");
        expect_file![directory.join(format!("{code}.txt"))].assert_eq(&said);
    }
}

/// Returns the problems that are told of, of a code that only plain definitions give those.
fn problems(code: Code, text: &str) -> Parsed {
    let Compiled { pipelines, diagnostics, .. } = compile_all(text, |_| Vec::new());
    let diagnostics = match code {
        Code::NotInAsl => plain_asl(text, &pipelines[0]).map(|_| ()).unwrap_err(),
        _ => diagnostics,
    };
    Parsed { pipelines, diagnostics }
}

#[test]
fn what_an_earlier_release_took_is_an_error_where_it_is_written_and_none_where_it_is_stored() {
    let text = "
pipeline: old
labels: {'cost centre': 7}
params: {few: {type: array, max_length: 1, default: [1, 2]}}
tasks:
  a: {noop: true, if: '$exists($nowhere)'}
  b: {each: {csv: nowhere.csv}, noop: true}
outputs: {c: '${{ $states.input }}'}
";
    let found = compile_all(text, |_| Vec::new());
    assert_eq!(found.diagnostics.len(), 5, "{:?}", found.diagnostics);
    assert!(found.definitions.is_empty());
    let found = compile_stored(text, |_| Vec::new());
    assert!(!found.has_errors(), "{:?}", found.diagnostics);
    assert_eq!(found.definitions.len(), 1);
}
