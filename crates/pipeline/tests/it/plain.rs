//! Pipelines as plain definitions: what they look like, what they cannot say, and that both run to
//! the same outputs.

use compasso_ir::ExecutionType;
use compasso_pipeline::{Parsed, compile, plain_asl};
use compasso_testkit::{Script, World, show_outcome};
use compasso_types::{Json, Payload};
use expect_test::{Expect, expect};

use crate::check::{parsed, pipeline_of, said};

/// Returns the definition that a pipeline becomes.
fn plain(text: &str) -> Json {
    let found = parsed(text);
    assert!(!found.has_errors(), "{}", said(&found));
    match plain_asl(text, &found.pipelines[0]) {
        Ok(machine) => machine,
        Err(diagnostics) => {
            panic!("{}", said(&Parsed { pipelines: Vec::new(), diagnostics }))
        }
    }
}

/// Compares how a pipeline looks as a definition.
fn check_plain(text: &str, expected: &Expect) {
    expected.assert_eq(&format!("{:#}", serde_json::to_value(plain(text)).unwrap()));
}

/// Compares what is said of a pipeline that cannot be a definition.
fn check_refused(text: &str, expected: &Expect) {
    let found = parsed(text);
    assert!(!found.has_errors(), "{}", said(&found));
    let diagnostics = plain_asl(text, &found.pipelines[0]).unwrap_err();
    expected.assert_eq(&said(&Parsed { pipelines: Vec::new(), diagnostics }));
}

/// Runs a pipeline and the definition that it becomes in the same world, and compares both with
/// what is expected. The outside is told in terms of the pipeline's states.
fn check_pair(text: &str, params: &str, script: &str, expected: &Expect) {
    let found = parsed(text);
    let params = Json::parse(params).unwrap();
    let pipeline = compile(text, &found.pipelines[0]).unwrap();
    let machine = compasso_asl::compile(&plain(text).to_string(), ExecutionType::Standard);
    let run = Json::object([("id", Json::from("r-1"))]);
    let input = [("params", params.clone()), ("run", run), ("trigger", Json::empty_object())];
    let end = |definition, input: Json| {
        let script = Script::parse(script).unwrap();
        show_outcome(&World::new(definition, Payload::from(input), script, None).run())
    };
    let of_pipeline = end(pipeline, Json::object(input));
    let of_machine = end(machine.definition.unwrap(), params);
    expected.assert_eq(&of_machine);
    assert_eq!(of_pipeline, of_machine, "{:#}", serde_json::to_value(plain(text)).unwrap());
}

const FAN: &str = "\
pipeline: fan
params: {limit: 10, extra: {type: integer}}
vars: {twice: '${{ params.limit * 2 }}'}
tasks:
  list:
    uses: transform
    with: {value: [1, 2, 3]}
  left:
    needs: list
    each: needs.list.output
    uses: transform
    with: {value: '${{ item * vars.twice }}'}
  right:
    needs: list
    noop: true
    outputs: {count: '${{ $count(needs.list.output) }}', extra: '${{ params.extra }}'}
  after_right:
    needs: right
    noop: true
    outputs: {n: 'n=${{ needs.right.output.count }}'}
  join:
    needs: [left, after_right]
    noop: true
    outputs:
      sum: ${{ $sum(needs.left.output) }}
      text: ${{ needs.after_right.output }}
outputs:
  all: ${{ needs.join.output }}
  right: ${{ needs.right.output }}
  extra: ['${{ params.extra }}', '${{ needs.list.output }}']
";

#[test]
fn series_and_parallels_run_to_the_same_outputs() {
    let script = "list: ok [1,2,3]\nleft[]: ok 20\nleft[]: ok 40\nleft[]: ok 60";
    check_pair(
        FAN,
        r#"{"limit":10}"#,
        script,
        &expect![[r#"
            SUCCEEDED {"all":{"sum":120,"text":{"n":"n=3"}},"right":{"count":3},"extra":[[1,2,3]]}
        "#]],
    );
    let script = "list: ok [1,2,3]\nleft[]: ok 2\nleft[]: ok 4\nleft[]: ok 6";
    check_pair(
        FAN,
        r#"{"limit":1,"extra":5}"#,
        script,
        &expect![[r#"
        SUCCEEDED {"all":{"sum":12,"text":{"n":"n=3"}},"right":{"count":3,"extra":5},"extra":[5,[1,2,3]]}
    "#]],
    );
    check_plain(
        FAN,
        &expect![[r#"
        {
          "QueryLanguage": "JSONata",
          "StartAt": "(params)",
          "States": {
            "(params)": {
              "Type": "Pass",
              "Assign": {
                "params": "{% $merge([{\"limit\":10}, $states.input]) %}"
              },
              "Next": "(vars)"
            },
            "(vars)": {
              "Type": "Pass",
              "Assign": {
                "vars": "{% {\"twice\": $params.limit * 2} %}"
              },
              "Next": "list"
            },
            "list": {
              "Type": "Pass",
              "Assign": {
                "list": [
                  1,
                  2,
                  3
                ]
              },
              "Next": "(left, right, after_right)"
            },
            "(left, right, after_right)": {
              "Type": "Parallel",
              "Branches": [
                {
                  "StartAt": "left",
                  "States": {
                    "left": {
                      "Type": "Map",
                      "Items": "{% $append([], $list) %}",
                      "MaxConcurrency": 32,
                      "ItemProcessor": {
                        "ProcessorConfig": {
                          "Mode": "INLINE"
                        },
                        "StartAt": "left[]",
                        "States": {
                          "left[]": {
                            "Type": "Pass",
                            "Output": "{% ($value := $states.context.Map.Item.Value * $vars.twice; $exists($value) ? $value : null) %}",
                            "End": true
                          }
                        }
                      },
                      "Output": {
                        "left": "{% $states.result %}"
                      },
                      "End": true
                    }
                  }
                },
                {
                  "StartAt": "right",
                  "States": {
                    "right": {
                      "Type": "Pass",
                      "Assign": {
                        "right": "{% {\"count\": $count($list), \"extra\": $params.extra} %}"
                      },
                      "Next": "after_right"
                    },
                    "after_right": {
                      "Type": "Pass",
                      "Output": {
                        "right": "{% $right %}",
                        "after_right": {
                          "n": "{% \"n=\" & ($right.count) %}"
                        }
                      },
                      "End": true
                    }
                  }
                }
              ],
              "Assign": {
                "left_1": "{% $states.result[0].left %}",
                "right_1": "{% $states.result[1].right %}",
                "after_right_1": "{% $states.result[1].after_right %}"
              },
              "Next": "join"
            },
            "join": {
              "Type": "Pass",
              "Assign": {
                "join": "{% {\"sum\": $sum($left_1), \"text\": $after_right_1} %}"
              },
              "Next": "(outputs)"
            },
            "(outputs)": {
              "Type": "Pass",
              "Output": {
                "all": "{% $join %}",
                "right": "{% $right_1 %}",
                "extra": "{% [($type($params.extra) = \"array\" ? [[$params.extra]] : $params.extra), ($type($list) = \"array\" ? [[$list]] : $list)] %}"
              },
              "End": true
            }
          }
        }"#]],
    );
}

const CONDITION: &str = "\
pipeline: condition
params: {deep: false}
vars: {base: 2, more: '${{ vars.base + 1 }}'}
tasks:
  first: {noop: true, outputs: {n: '${{ vars.more }}'}}
  second:
    needs: first
    if: params.deep
    uses: lambda
    with: {function: f, payload: {n: '${{ needs.first.output.n }}'}}
    outputs: ${{ result.Payload }}
  third: {needs: second, noop: true, outputs: '${{ needs.second.output }}'}
outputs: {n: '${{ needs.first.output.n }}', third: '${{ needs.third.output }}'}
";

#[test]
fn a_condition_ends_the_run_and_leaves_out_what_it_skipped() {
    let script = r#"second: ok {"Payload":{"m":7}}"#;
    check_pair(
        CONDITION,
        r#"{"deep":true}"#,
        script,
        &expect![[r#"
        SUCCEEDED {"n":3,"third":{"m":7}}
    "#]],
    );
    check_pair(
        CONDITION,
        r#"{"deep":false}"#,
        script,
        &expect![[r#"
        SUCCEEDED {"n":3}
    "#]],
    );
}

const GROUP: &str = "\
pipeline: group
env: {ZONE: 'z${{ params.n }}'}
params: {n: 2}
defaults: {retry: {max: 1, delay: 1s, jitter: none}, timeout: 5m}
tasks:
  each:
    each: '[1, 2]'
    tasks:
      ask:
        uses: http
        with: {url: 'https://example.com/${{ item }}', body: '${{ env }}'}
      tell:
        needs: ask
        noop: true
        outputs: {all: ['${{ item }}', '${{ needs.ask.output.body }}', '${{ index }}']}
    fallback: {output: none}
  pause: {wait: 10s}
  machine:
    needs: [each, pause]
    machine: arn:aws:states:us-east-1:123456789012:stateMachine:m
    with: {all: '${{ needs.each.output }}', missing: '${{ needs.each.output.nothing }}'}
outputs: '${{ needs.machine.output }}'
";

#[test]
fn groups_fan_out_retries_and_fallbacks_run_to_the_same_outputs() {
    let script = r#"
        each[].ask: ok {"body":{"a":1}}
        each[].ask: fail Connection refused
        each[].ask: fail Connection refused
        machine: ok {"Output":{"done":true}}
    "#;
    let script = script.replace("each[].ask", "each.ask");
    check_pair(
        GROUP,
        "{\"n\":2}",
        &script,
        &expect![[r#"
        SUCCEEDED {"done":true}
    "#]],
    );
    check_plain(
        GROUP,
        &expect![[r#"
            {
              "QueryLanguage": "JSONata",
              "StartAt": "(params)",
              "States": {
                "(params)": {
                  "Type": "Pass",
                  "Assign": {
                    "params": "{% $merge([{\"n\":2}, $states.input]) %}"
                  },
                  "Next": "(env)"
                },
                "(env)": {
                  "Type": "Pass",
                  "Assign": {
                    "env": {
                      "ZONE": "{% \"z\" & ($params.n) %}"
                    }
                  },
                  "Next": "(each, pause)"
                },
                "(each, pause)": {
                  "Type": "Parallel",
                  "Branches": [
                    {
                      "StartAt": "each",
                      "States": {
                        "each": {
                          "Type": "Map",
                          "Items": "{% $append([], [1, 2]) %}",
                          "MaxConcurrency": 32,
                          "ItemProcessor": {
                            "ProcessorConfig": {
                              "Mode": "INLINE"
                            },
                            "StartAt": "each[]",
                            "States": {
                              "each[]": {
                                "Type": "Parallel",
                                "Branches": [
                                  {
                                    "StartAt": "each.ask",
                                    "States": {
                                      "each.ask": {
                                        "Type": "Task",
                                        "Resource": "arn:aws:states:::compasso:call",
                                        "Arguments": "{% {\"url\": \"https://example.com/\" & ($states.context.Map.Item.Value), \"body\": $env} %}",
                                        "TimeoutSeconds": 300,
                                        "Retry": [
                                          {
                                            "ErrorEquals": [
                                              "States.ALL"
                                            ],
                                            "IntervalSeconds": 1,
                                            "MaxAttempts": 1,
                                            "BackoffRate": 2.0,
                                            "MaxDelaySeconds": 3600,
                                            "JitterStrategy": "NONE"
                                          }
                                        ],
                                        "Assign": {
                                          "each_ask": "{% $states.result %}"
                                        },
                                        "Next": "each.tell"
                                      },
                                      "each.tell": {
                                        "Type": "Pass",
                                        "Output": {
                                          "ask": "{% $each_ask %}",
                                          "tell": {
                                            "all": "{% [($type($states.context.Map.Item.Value) = \"array\" ? [[$states.context.Map.Item.Value]] : $states.context.Map.Item.Value), ($type($each_ask.body) = \"array\" ? [[$each_ask.body]] : $each_ask.body), ($type($states.context.Map.Item.Index) = \"array\" ? [[$states.context.Map.Item.Index]] : $states.context.Map.Item.Index)] %}"
                                          }
                                        },
                                        "End": true
                                      }
                                    }
                                  }
                                ],
                                "Catch": [
                                  {
                                    "ErrorEquals": [
                                      "States.ALL"
                                    ],
                                    "Next": "each[] (fallback)"
                                  }
                                ],
                                "Output": "{% $states.result[0] %}",
                                "End": true
                              },
                              "each[] (fallback)": {
                                "Type": "Pass",
                                "Output": "none",
                                "End": true
                              }
                            }
                          },
                          "Output": {
                            "each": "{% $states.result %}"
                          },
                          "End": true
                        }
                      }
                    },
                    {
                      "StartAt": "pause",
                      "States": {
                        "pause": {
                          "Type": "Wait",
                          "Seconds": 10,
                          "Output": {},
                          "End": true
                        }
                      }
                    }
                  ],
                  "Assign": {
                    "each_1": "{% $states.result[0].each %}"
                  },
                  "Next": "machine"
                },
                "machine": {
                  "Type": "Task",
                  "Resource": "arn:aws:states:::states:startExecution.sync:2",
                  "Arguments": {
                    "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m",
                    "Input": "{% {\"all\": $each_1, \"missing\": $each_1.nothing} %}"
                  },
                  "TimeoutSeconds": 300,
                  "Retry": [
                    {
                      "ErrorEquals": [
                        "States.ALL"
                      ],
                      "IntervalSeconds": 1,
                      "MaxAttempts": 1,
                      "BackoffRate": 2.0,
                      "MaxDelaySeconds": 3600,
                      "JitterStrategy": "NONE"
                    }
                  ],
                  "Assign": {
                    "machine": "{% $states.result.Output %}"
                  },
                  "Next": "(outputs)"
                },
                "(outputs)": {
                  "Type": "Pass",
                  "Output": "{% $machine %}",
                  "End": true
                }
              }
            }"#]],
    );
}

#[test]
fn a_failed_task_fails_both() {
    let text = pipeline_of("  a: {uses: lambda, with: {function: f}}\n  b: {needs: a, noop: true}");
    check_pair(
        &text,
        "{}",
        "a: fail Lambda.Broken it is broken",
        &expect![[r#"
        FAILED Lambda.Broken: it is broken
    "#]],
    );
}

#[test]
fn a_script_becomes_a_process() {
    let text = "\
pipeline: p
env: {DAY: '${{ params.day }}'}
params: {day: monday}
tasks:
  a: {run: 'echo ${{ params.day }}', output: json, env: {A: 1}}
  b: {needs: a, shell: sh, run: ./tell.sh, stdin: '${{ needs.a.output }}'}
";
    check_plain(
        text,
        &expect![[r#"
            {
              "QueryLanguage": "JSONata",
              "StartAt": "(params)",
              "States": {
                "(params)": {
                  "Type": "Pass",
                  "Assign": {
                    "params": "{% $merge([{\"day\":\"monday\"}, $states.input]) %}"
                  },
                  "Next": "(env)"
                },
                "(env)": {
                  "Type": "Pass",
                  "Assign": {
                    "env": "{% {\"DAY\": $string($params.day)} %}"
                  },
                  "Next": "a"
                },
                "a": {
                  "Type": "Task",
                  "Resource": "arn:aws:states:::compasso:process",
                  "Arguments": {
                    "Command": [
                      "bash",
                      "-euo",
                      "pipefail",
                      "-c",
                      "echo \"${CP_EXPR_1}\""
                    ],
                    "Env": "{% {\"DAY\": $string($env.DAY), \"A\": \"1\", \"CP_EXPR_1\": \"\" & ($params.day)} %}",
                    "Output": "json"
                  },
                  "TimeoutSeconds": 3600,
                  "Assign": {
                    "a": "{% $states.result %}"
                  },
                  "Next": "b"
                },
                "b": {
                  "Type": "Task",
                  "Resource": "arn:aws:states:::compasso:process",
                  "Arguments": {
                    "Command": [
                      "sh",
                      "-e",
                      "-c",
                      "./tell.sh"
                    ],
                    "Env": "{% {\"DAY\": $string($env.DAY)} %}",
                    "Stdin": "{% $a %}",
                    "Output": "none"
                  },
                  "TimeoutSeconds": 3600,
                  "Output": {},
                  "End": true
                }
              }
            }"#]],
    );
}

#[test]
fn what_the_language_cannot_say_is_refused_by_name_and_place() {
    let crossing = pipeline_of(
        "  a: {noop: true}\n  b: {noop: true}\n  c: {needs: [a, b], noop: true}\n  d: {needs: b, noop: true}",
    );
    check_refused(
        &crossing,
        &expect![[r#"
        5:15 E024: plain ASL has only series and parallels: 'c' comes after 'a' and 'b', but 'd' only after 'b' (let 'd' need 'a' as well, or 'c' not)
    "#]],
    );
    check_refused(
        "\
pipeline: p
concurrency: {max_tasks: 2}
saga: true
tasks:
  a: {uses: log, with: {message: m}, pool: db, hooks: {on_failure: [{uses: log, with: {message: m}}]}}
  b: {needs: a, when: all_done, run: 'echo 1'}
  c: {needs: b, noop: true, outputs: {x: '${{ needs.b.state }}', run: '${{ run.id }}', whole: '${{ $keys($) }}'}}
  d: {needs: c, uses: http, with: {url: 'http://u', auth: {bearer: '${{ secrets.TOKEN }}'}}, timeout: 500ms}
  e: {needs: d, noop: true, outputs: {x: '${{ ($d := 1; needs.d.output + $d) }}'}}
  f: {needs: d, steps: [{run: 'true'}], each: [1], tolerate: 1}
",
        &expect![[r#"
            1:11 E024: plain ASL cannot say 'max_tasks'
            1:11 E024: plain ASL cannot say 'saga'
            5:3 E024: plain ASL cannot say 'pool'
            5:3 E024: plain ASL cannot say 'hooks'
            6:23 E024: plain ASL cannot say 'when: all_done'
            7:42 E024: plain ASL cannot say an expression that reads 'needs.b.state'
            7:71 E024: plain ASL cannot say an expression that reads 'run.id'
            7:95 E024: plain ASL cannot say an expression that reads its surroundings as a whole
            8:3 E024: plain ASL cannot say a secret
            9:42 E024: plain ASL cannot say a variable '$d' of an expression: here it is taken
            10:3 E024: plain ASL cannot say 'tolerate'
            10:3 E024: plain ASL cannot say 'steps'
        "#]],
    );
    check_refused(
        "\
pipeline: p
tasks:
  a: {noop: true}
  b: {needs: a, if: 'true', noop: true}
  c: {needs: a, noop: true}
  d: {needs: [b, c], noop: true}
",
        &expect![[r#"
            4:21 E024: plain ASL cannot say 'if' of a task beside or before others: it ends the whole branch
        "#]],
    );
}
