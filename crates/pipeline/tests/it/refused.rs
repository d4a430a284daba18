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
  b: {needs: [g, h, s], run: ./b.sh, artifacts: {in: [g/x, h/x, s/x, g.a/x, 'g[k].a/x', g.no/x]}}
",
        &expect![[r#"
            6:3 E021: there is no file 'g/x': no task of the group 'g' is named at /tasks/b (write 'GROUP.TASK/NAME', or 'GROUP[KEY].TASK/NAME' of an instance of the group)
            6:3 E021: there is no file 'h/x': 'h' is no script, and keeps none at /tasks/b (what a handler of a worker keeps is found by what it returns)
            6:3 E021: there is no file 'g.no/x': no task of the group 'g' is named at /tasks/b (write 'GROUP.TASK/NAME', or 'GROUP[KEY].TASK/NAME' of an instance of the group)
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
            3:33 E017: the key is the text 'params.day' itself, the same each time at /tasks/a/cache/key (write '${{ params.day }}')
            4:44 E017: the key is the text 'item' itself, the same each time at /tasks/b/rate/key (write '${{ item }}')
        "#]],
    );
}
