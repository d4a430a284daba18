//! Pipelines that end with one of their tasks.

use compasso_pipeline::{compile_all, up_to};
use expect_test::{Expect, expect};

const SHOP: &str = r"
pipeline: shop
on: {schedule: {every: 1h}}
params: {day: {type: string, default: today}}
hooks: {on_failure: [{run: echo late}]}
tasks:
  open: {setup: true, noop: true}
  fetch: {needs: open, run: 'echo ${{ params.day }}'}
  each:
    needs: fetch
    tasks:
      clean: {noop: true}
      count: {needs: clean, noop: true}
      tell: {needs: count, noop: true}
  send: {needs: each, noop: true}
  close: {needs: [open, send], teardown: open, noop: true}
  other: {noop: true}
outputs: {sent: '${{ needs.send.output }}'}
";

#[test]
fn a_task_stays_with_what_it_needs_and_what_puts_things_away() {
    check(
        SHOP,
        "fetch",
        &expect![[r#"
        {
          "pipeline": "shop",
          "params": {
            "day": {
              "type": "string",
              "default": "today"
            }
          },
          "tasks": {
            "open": {
              "setup": true,
              "noop": true
            },
            "fetch": {
              "needs": "open",
              "run": "echo ${{ params.day }}"
            },
            "close": {
              "needs": [
                "open"
              ],
              "teardown": "open",
              "noop": true
            }
          }
        }"#]],
    );
}

#[test]
fn of_a_group_the_same_is_left() {
    check(
        SHOP,
        "each.count",
        &expect![[r#"
        {
          "pipeline": "shop",
          "params": {
            "day": {
              "type": "string",
              "default": "today"
            }
          },
          "tasks": {
            "open": {
              "setup": true,
              "noop": true
            },
            "fetch": {
              "needs": "open",
              "run": "echo ${{ params.day }}"
            },
            "each": {
              "needs": "fetch",
              "tasks": {
                "clean": {
                  "noop": true
                },
                "count": {
                  "needs": "clean",
                  "noop": true
                }
              }
            },
            "close": {
              "needs": [
                "open"
              ],
              "teardown": "open",
              "noop": true
            }
          }
        }"#]],
    );
}

#[test]
fn there_is_nothing_without_the_task() {
    for path in ["lost", "each.lost", "fetch.lost"] {
        assert_eq!(up_to(SHOP, path), None, "{path}");
    }
}

/// Shows what is left, and demands that it can be run.
fn check(text: &str, path: &str, expected: &Expect) {
    let whole = compile_all(text, |_| Vec::new());
    assert!(!whole.has_errors(), "{:?}", whole.diagnostics);
    let cut = up_to(text, path).unwrap();
    let compiled = compile_all(&cut, |_| Vec::new());
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    expected.assert_eq(&cut);
}
