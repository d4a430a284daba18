//! Each code with a file that has such problems, and what is said about it.

use std::path::Path;

use compasso_pipeline::Code;
use expect_test::expect_file;

use crate::check::{parsed, said};

/// Codes that only larger texts have, or later checks; they are tested elsewhere.
const ELSEWHERE: [Code; 5] =
    [Code::TooLarge, Code::NotSupported, Code::UnknownAction, Code::NotInAsl, Code::NotOnServer];

#[test]
fn every_code_has_a_file_whose_problems_name_the_place_and_a_way_out() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    for code in Code::ALL.iter().filter(|code| !ELSEWHERE.contains(code)) {
        let file = directory.join(format!("{code}.pipeline.yaml"));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{}", file.display()));
        let parsed = parsed(&text);
        let said = said(&parsed);
        assert!(parsed.diagnostics.iter().any(|found| found.code == *code), "{code}: {said}");
        expect_file![directory.join(format!("{code}.txt"))].assert_eq(&said);
    }
}
