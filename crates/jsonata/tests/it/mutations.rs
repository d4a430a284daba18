//! No text makes the compiler or the evaluator panic.

use std::sync::LazyLock;

use compasso_jsonata::{Limits, Program};
use compasso_types::Json;
use proptest::prelude::*;

use crate::Fixed;

/// Small, so that each case is quick.
const LIMITS: Limits =
    Limits { steps_max: 20_000, depth_max: 1_600, bytes_max: 4 * 1024 * 1024, items_max: 100_000 };

/// Parts of expressions.
const PIECES: [&str; 74] = [
    "$",
    "$$",
    "$states",
    ".",
    "input",
    "orders",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "*",
    "**",
    "%",
    "^(",
    ">",
    "<",
    "@$a",
    "#$i",
    "..",
    "&",
    "?",
    ":",
    ":=",
    "~>",
    "|",
    ",",
    ";",
    "=",
    "!=",
    "<=",
    "+",
    "-",
    "/",
    "and",
    "or",
    "in",
    "function($x){",
    "λ($y)<n:n>{",
    "$x",
    "$y",
    "$a",
    "$f",
    "1",
    "0",
    "-1",
    "1e300",
    "0.5",
    "\"a\"",
    "'é😀'",
    "/a+/",
    "/(b)|c/i",
    "true",
    "null",
    "`q`",
    "$map(",
    "$sum(",
    "$reduce(",
    "$string(",
    "$match(",
    "$replace(",
    "$fromMillis(",
    "$toMillis(",
    "$formatNumber(",
    "$formatInteger(",
    "$parseInteger(",
    "$pad(",
    "$substring(",
    "$range(",
    "$partition(",
    "\"[Y,4-9][FNn,3]\"",
    "\"#,##0.0e0\"",
    " ",
];

static STATES: LazyLock<Json> =
    LazyLock::new(|| Json::parse(include_str!("../document.json")).unwrap());

fn run(text: &str) {
    if let Ok(program) = Program::compile(text) {
        let _ = program.evaluate(&STATES, &Fixed, &LIMITS);
        let _ = (program.variables(), program.states_members(), program.absent_references());
    }
}

fn vectors() -> Vec<String> {
    let lines = include_str!("../vectors.jsonl").lines();
    lines
        .map(|l| Json::parse(l).unwrap().get("expr").unwrap().as_str().unwrap().to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_500) })]

    #[test]
    fn pieces_in_any_order_do_no_harm(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..20),
    ) {
        run(&pieces.concat());
    }

    #[test]
    fn expressions_with_changes_do_no_harm(
        expression in prop::sample::select(vectors()),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0_usize..4, prop::sample::select(&PIECES[..])), 1..4),
    ) {
        let mut characters: Vec<char> = expression.chars().collect();
        for (at, removed, inserted) in changes {
            let at = at.index(characters.len() + 1);
            let end = (at + removed).min(characters.len());
            characters.splice(at..end, inserted.chars());
        }
        run(&characters.into_iter().collect::<String>());
    }
}

#[test]
fn picture_strings_with_changes_do_no_harm() {
    let pictures =
        ["[Y0001]-[M01,2-3][DWwo]", "[Z01:01t][FNn,*-3]", "#,##0.0#e0;-(0%)", "Ww;o", "9,99#٠"];
    for picture in pictures {
        for at in 0..picture.chars().count() {
            for extra in ["", "[", "]", ",", "0", "#", "-", "99999999999", ";", "٠", "n"] {
                let characters: Vec<char> = picture.chars().collect();
                let before: String = characters[..at].iter().collect();
                let after: String = characters[at + 1..].iter().collect();
                let picture = format!("{before}{extra}{after}");
                run(&format!("$fromMillis(1709214306789, '{picture}')"));
                run(&format!("$toMillis('2024-02-29', '{picture}')"));
                run(&format!("$formatNumber(-1234.5, '{picture}')"));
                run(&format!("$formatInteger(1234, '{picture}')"));
                run(&format!("$parseInteger('1,234', '{picture}')"));
            }
        }
    }
}
