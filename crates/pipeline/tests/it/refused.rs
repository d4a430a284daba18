//! What is refused because it could never mean what was meant.

use expect_test::expect;

use crate::check::check;

#[test]
fn files_are_brought_of_scripts_alone() {
    check(
        "\
pipeline: p
tasks:
  g: {tasks: {a: {run: ./a.sh, artifacts: {out: [x]}}}}
  h: {uses: 'worker:ok'}
  s: {run: ./s.sh}
  b: {needs: [g, h, s], run: ./b.sh, artifacts: {in: [g/x, h/x, s/x]}}
",
        &expect![[r#"
"#]],
    );
}

#[test]
fn a_key_that_is_the_same_for_all_is_refused() {
    check(
        "\
pipeline: p
tasks:
  a: {run: ./a.sh, cache: {key: params.day}}
  b: {run: ./b.sh, rate: {limit: 1/s, key: item}}
  c: {run: ./c.sh, cache: {key: v1}, rate: {limit: 1/s, key: needs}}
",
        &expect![[r#"
"#]],
    );
}
