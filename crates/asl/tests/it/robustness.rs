//! No text does harm.

use std::fmt::Write;

use compasso_ir::ExecutionType;
use proptest::prelude::*;

use crate::check::{analyse, machine_of};

const VALID: &str = r#"{"Comment":"c","StartAt":"A","QueryLanguage":"JSONPath","TimeoutSeconds":60,"States":{
  "A":{"Type":"Pass","Result":{"a":1},"Assign":{"v.$":"$.a"},"Next":"B"},
  "B":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Parameters":{"x.$":"States.Format('{}', $v)"},
    "Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":2}],"Catch":[{"ErrorEquals":["E"],"Next":"F","ResultPath":"$.e"}],"Next":"C"},
  "C":{"Type":"Choice","Choices":[{"And":[{"Variable":"$.a","NumericGreaterThan":1},{"Not":{"Variable":"$.b","IsPresent":true}}],"Next":"D"}],"Default":"F"},
  "D":{"Type":"Wait","Seconds":5,"Next":"P"},
  "P":{"Type":"Parallel","Next":"M","Branches":[{"StartAt":"P1","States":{"P1":{"Type":"Succeed"}}}]},
  "M":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"ItemProcessor":{"StartAt":"M1","States":{"M1":{"Type":"Pass","InputPath":"$v","End":true}}},"Next":"S"},
  "S":{"Type":"Succeed"},"F":{"Type":"Fail","Error":"E","CausePath":"$.cause"}}}"#;

/// Pieces that are likely to break something.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "-1",
    "1e999",
    "\"$\"",
    "\"$.\"",
    "\"$$\"",
    "\"States.Format(\"",
    "\"Type\":\"Map\"",
    "\"Next\":\"A\"",
    "\"A\"",
    "\"JSONata\"",
    "é",
    "\u{0}",
    "{}",
    "[]",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_definition_is_answered(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, prop::sample::select(&PIECES[..])), 1..6),
    ) {
        let mut text = VALID.to_owned();
        for (at, length, piece) in edits {
            let start = floor(&text, at.index(text.len()));
            let end = floor(&text, (start + length).min(text.len()));
            text.replace_range(start..end, piece);
        }
        for execution_type in [ExecutionType::Standard, ExecutionType::Express] {
            analyse(&text, execution_type);
        }
    }

    #[test]
    fn a_value_in_the_wrong_place_is_answered(from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let values: Vec<_> = VALID.match_indices(':').map(|(at, _)| at + 1).collect();
        let piece = value_at(values[from.index(values.len())]);
        let target = values[to.index(values.len())];
        let replaced = value_at(target).len();
        analyse(&format!("{}{piece}{}", &VALID[..target], &VALID[target + replaced..]), ExecutionType::Standard);
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}", structure in "[\\[\\]{}:,\"a1 ]{0,60}") {
        analyse(&text, ExecutionType::Standard);
        analyse(&structure, ExecutionType::Standard);
        analyse(&machine_of(&structure), ExecutionType::Standard);
    }
}

#[test]
fn the_undamaged_definition_compiles() {
    assert!(analyse(VALID, ExecutionType::Express).definition.is_some());
}

#[test]
fn deep_texts_are_answered() {
    for opening in [
        "[",
        "{\"a\":",
        "{\"States\":",
        "{\"States\":{\"A\":{\"Type\":\"Parallel\",\"Branches\":[",
        "\"\\",
    ] {
        analyse(&opening.repeat(10_000), ExecutionType::Standard);
    }
}

#[test]
fn blocks_nest_as_deep_as_the_text_may() {
    let mut text = r#"{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}"#.to_owned();
    for depth in 0..240 {
        text = format!(
            r#"{{"StartAt":"P{depth}","States":{{"P{depth}":{{"Type":"Parallel","End":true,"Branches":[{text}]}}}}}}"#
        );
    }
    assert!(analyse(&text, ExecutionType::Standard).definition.is_some());
    let mut rule = r#"{"Variable":"$.a","IsNull":true}"#.to_owned();
    for _ in 0..480 {
        rule = format!(r#"{{"And":[{rule}]}}"#);
    }
    let rule = format!("{},\"Next\":\"S\"}}", &rule[..rule.len() - 1]);
    let text = format!(
        r#"{{"StartAt":"C","States":{{"C":{{"Type":"Choice","Choices":[{rule}]}},"S":{{"Type":"Succeed"}}}}}}"#
    );
    assert!(analyse(&text, ExecutionType::Standard).definition.is_some());
}

#[test]
fn large_texts_are_answered() {
    let mut states = String::new();
    for n in 0..17_000 {
        write!(states, r#""state{n}":{{"Type":"Pass","Next":"stat{n}"}},"#).unwrap();
    }
    let text = format!(r#"{{"StartAt":"state0","States":{{{states}"Z":{{"Type":"Succeed"}}}}}}"#);
    assert_eq!(analyse(&text, ExecutionType::Standard).diagnostics.len(), 1_000);
    let text =
        machine_of(&format!(r#"{{"Type":"Pass","End":true,"Result":"{}"}}"#, "é".repeat(500_000)));
    assert!(analyse(&text, ExecutionType::Standard).definition.is_some());
    let mut fields = String::new();
    for n in 0..60_000 {
        write!(fields, r#""F{n}":1,"#).unwrap();
    }
    let text = machine_of(&format!(r#"{{{fields}"Type":"Succeed"}}"#));
    assert_eq!(analyse(&text, ExecutionType::Standard).diagnostics.len(), 1_000);
}

/// Returns the text of the JSON value that begins at `start` of the valid definition.
fn value_at(start: usize) -> &'static str {
    let rest = &VALID[start..];
    let (mut depth, mut quoted) = (0, false);
    for (at, c) in rest.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' | ',' if !quoted && depth == 0 => return &rest[..at],
            '}' | ']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    rest
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
