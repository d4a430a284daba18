//! YAML: types, aliases, merge keys, several documents, and bounds.

use std::fmt::Write;

use compasso_pipeline::{TEXT_BYTES_MAX, Value};
use compasso_types::Json;
use expect_test::expect;

use crate::check::{check, check_tasks, parsed, said};

#[test]
fn words_of_yaml_1_1_are_text_and_on_is_a_key() {
    let text = "pipeline: p\non: {manual: false}\nvars: {a: yes, b: no, c: on, d: 0o17, e: 1e3}\ntasks: {a: {noop: true}}\n";
    let parsed = parsed(text);
    assert_eq!(said(&parsed), "");
    let vars = parsed.pipelines[0].vars.iter().map(|(name, value)| {
        let Value::Literal(value) = value else { panic!("{name} is computed") };
        format!("{name}={value}")
    });
    assert_eq!(vars.collect::<Vec<_>>(), ["a=\"yes\"", "b=\"no\"", "c=\"on\"", "d=15", "e=1000.0"]);
    assert!(!parsed.pipelines[0].triggers.manual);
}

#[test]
fn environments_have_numbers_as_they_are_written() {
    let parsed = parsed("pipeline: p\nenv: {A: 1.10, B: true, C: 0x1F}\ntasks: {a: {noop: true}}");
    let values: Vec<String> = parsed.pipelines[0]
        .env
        .iter()
        .map(|(_, value)| match value {
            Value::Literal(Json::String(text)) => text.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(values, ["1.10", "true", "0x1F"]);
}

#[test]
fn anchors_aliases_and_merge_keys_give_copies() {
    let text = "\
pipeline: p
tasks:
  a: &base {run: ./a.sh, timeout: 5m}
  b: *base
  c:
    <<: *base
    run: ./c.sh
    timeot: 1m
  d: {<<: [*base, {run: ./d.sh, dir: /tmp}]}
";
    let found = parsed(text);
    expect![[r#"
        8:5 E001: there is no field 'timeot' here at /tasks/c/timeot (did you mean 'timeout'?)
    "#]]
    .assert_eq(&said(&found));
    let tasks = &found.pipelines[0].tasks;
    assert!(tasks.iter().all(|task| task.timeout.is_some()));
    assert!(tasks.get("d").unwrap().dir.is_some());
}

#[test]
fn a_file_may_hold_several_pipelines_with_different_names() {
    let one = "pipeline: one\ntasks: {a: {noop: true}}\n";
    let two = "pipeline: two\ntasks: {a: {noop: true}}\n";
    assert_eq!(parsed(&format!("{one}---\n{two}")).pipelines.len(), 2);
    check(
        &format!("{one}---\n{one}"),
        &expect![[r#"
            4:11 E017: another pipeline of the file is called 'one' at /pipeline (rename one of them)
        "#]],
    );
}

#[test]
fn an_empty_text_has_no_pipeline() {
    check(
        "# nothing here\n",
        &expect![[r#"
            1:1 E018: there is no pipeline (begin with 'pipeline: NAME')
        "#]],
    );
    check(
        "just text",
        &expect![[r#"
            1:1 E017: this must be a map, and is a string at /
        "#]],
    );
}

#[test]
fn aliases_of_aliases_do_not_grow_without_bound() {
    let mut text = "pipeline: p\nvars:\n  v0: &v0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..=9 {
        let before = format!("*v{}", level - 1);
        let copies = vec![before; 10].join(", ");
        writeln!(text, "  v{level}: &v{level} [{copies}]").unwrap();
    }
    check(
        &text,
        &expect![[r#"
            8:47 E020: a file holds at most 1000000 values, copies of aliases included
        "#]],
    );
}

#[test]
fn anchors_in_anchors_do_not_keep_copies_without_bound() {
    // Each level has one value and keeps all levels below it.
    let text = |items: usize| {
        let list = vec!["x"; items].join(", ");
        let open: String =
            (0..90).fold(String::new(), |text, level| text + &format!("&a{level} ["));
        format!(
            "pipeline: p\nvars:\n  v: {open}{list}{}\ntasks: {{a: {{noop: true}}}}\n",
            "]".repeat(90)
        )
    };
    assert_eq!(said(&parsed(&text(1_000))), "");
    let said = said(&parsed(&text(20_000)));
    assert!(said.contains("E020: the anchors of a file name at most 1000000 values"), "{said}");
}

#[test]
fn an_alias_of_what_it_is_in_is_refused() {
    check(
        "pipeline: p\nvars: &v {a: *v}\n",
        &expect![[r#"
            2:14 E019: the alias names a value that it is itself a part of
        "#]],
    );
}

#[test]
fn a_map_without_a_name_may_begin_with_any_character() {
    check(
        "é: 1\n",
        &expect![[r#"
            1:1 E018: 'pipeline' is missing at /é
            1:1 E018: 'tasks' is missing at /é
            1:1 E001: there is no field 'é' here at /é
        "#]],
    );
}

#[test]
fn nesting_and_size_are_bounded() {
    let deep = format!("pipeline: p\nvars: {{a: {}{}}}\n", "[".repeat(200), "]".repeat(200));
    let parsed_deep = parsed(&deep);
    let told = said(&parsed_deep);
    assert!(told.contains("E020: lists and maps nest at most 100 deep"), "{told}");
    let large = format!("pipeline: p\n# {}\n", "x".repeat(TEXT_BYTES_MAX));
    check(
        &large,
        &expect![[r#"
            1:1 E020: a file has at most 8388608 bytes
        "#]],
    );
}

#[test]
fn places_in_quoted_and_folded_texts_are_found() {
    check_tasks(
        "  a:\n    run: ./a.sh\n    env:\n      A: 'it''s ${{ parm }}'\n      B: \"\\t\\u00e9 ${{ parm }}\"\n      C: >-\n        one\n\n        two ${{ parm }}\n",
        &expect![[r#"
            6:21 E008: there is no name 'parm' at /tasks/a/env/A (did you mean 'params'?)
            7:24 E008: there is no name 'parm' at /tasks/a/env/B (did you mean 'params'?)
            11:17 E008: there is no name 'parm' at /tasks/a/env/C (did you mean 'params'?)
        "#]],
    );
}
