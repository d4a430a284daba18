//! Good inputs to start from: what mutates into something interesting.

/// JSON texts, and definitions among them.
pub(crate) const JSON: [&str; 5] = [
    r#"{"a": [1, 2.5, -3e7, "x\n\u00e9\ud83d\ude00"], "b": {"c": null, "d": true}, "e": ""}"#,
    r#"[[], {}, [[[]]], {"": {"": {}}}, 0, -0, 1.0, 1E5, 123456789012345678901234567890]"#,
    r#"{"a": 1, "a": 2}"#,
    r#""text""#,
    include_str!("../../examples/order-saga/order-saga.asl.json"),
];

/// Paths in the dialect of Step Functions.
pub(crate) const PATHS: [&str; 20] = [
    "$",
    "$.a",
    "$['a']",
    "$.a[0]",
    "$.a[-1]",
    "$.a[0:2]",
    "$.a[::2]",
    "$..a",
    "$.*",
    "$.a[*].b",
    "$.a[?(@.b > 1)]",
    "$.a[?(@.b == 'x' && @.c != null || !(@.d))]",
    "$['a','b']",
    "$.a[0,1]",
    "$$.Execution.Id",
    "$name",
    "$name.a[0]",
    "$.a.length()",
    "$.a[?(@.b =~ /x.*/i)]",
    "$.a[(@.length-1)]",
];

/// Calls of intrinsic functions.
pub(crate) const INTRINSICS: [&str; 16] = [
    "States.Format('Hello {} and \\{{}\\}', $.a, 1.5)",
    "States.StringToJson('{\"a\":1}')",
    "States.JsonToString($)",
    "States.Array(1, 'two', null, true, $.a)",
    "States.ArrayPartition($.a, 3)",
    "States.ArrayContains($.a, 2)",
    "States.ArrayRange(0, 999, 3)",
    "States.ArrayGetItem($.a, 1)",
    "States.ArrayUnique(States.Array(1, 1, 1.0, '1'))",
    "States.Base64Decode(States.Base64Encode('text'))",
    "States.Hash('input data', 'SHA-256')",
    "States.JsonMerge($.b, $.b, false)",
    "States.MathRandom(1, 10, 7)",
    "States.MathAdd(-1.5, 1.51)",
    "States.StringSplit('a.b,c', '.,')",
    "States.UUID()",
];

/// Queries.
pub(crate) const QUERIES: [&str; 6] = [
    "status = FAILED and started > now-24h and input.customer = \"c-1\"",
    "not (status in (RUNNING, failed) or workflow starts with 'a b') and duration >= 1h30m5s1ms",
    "started <= 2026-11-26T10:00:00.000Z or started = 2026-11-26 and started != now+1w",
    "input.total > -12.5e3 and input.express = true and input.x exists and input.y contains \"\\\"\\\\\"",
    "redrives != 0 and not not workflow = or",
    "((((input.a < 1))))",
];

/// Payload templates.
pub(crate) const TEMPLATES: [&str; 3] = [
    r#"{"a.$": "$.a[0]", "b": [{"c.$": "$$.Execution.Id"}], "d.$": "States.Format('{}', $.e)", "f": 1}"#,
    r#"{"x.$": "$name.a", "y.$": "States.ArrayLength($.a)", "z": {"w.$": "$..c"}}"#,
    r#"{"a.$": "$.a", "a": 1}"#,
];

/// JSONata expressions.
pub(crate) const JSONATA: [&str; 24] = [
    "$states.input.a[0] + 1",
    "$sum($states.input.a.b) & ' items'",
    "$map([1..10], function($v, $i) { $v * $i })",
    "$reduce([1..5], function($x, $y) { $x + $y }, 0)",
    "( $f := function($n) { $n <= 1 ? 1 : $n * $f($n - 1) }; $f(10) )",
    "$states.input.a[b > 1 and c in ['x', 'y']].{ 'k': b, 'v': $uppercase(c) }",
    "$states.input.a^(>b, <c).d",
    "$states.input ~> |a|{'z': 1}, ['b']|",
    "$match('abc abc', /a(b)c/i, 2)",
    "$replace('aXbX', /X/, function($m) { $m.match & '!' })",
    "$formatNumber(1234.5678, '#,##0.00')",
    "$fromMillis(0, '[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01][Z]')",
    "$toMillis('2026-11-23T10:00:00.000Z')",
    "$pad('a', -20, '#') & $substring('hello', -3, 2)",
    "$split('a,b,c', ',')[1]",
    "$merge([{'a': 1}, {'b': 2}]) ~> $keys()",
    "$sort([3, 1, 2], function($l, $r) { $l > $r })",
    "$distinct($append([1, 1], [2]))",
    "$states.input.**.c",
    "$states.input.a.%.b",
    "$range(0, 100, 7)[-1]",
    "$partition([1..10], 3)",
    "$parse('{\"a\": [1]}').a[0]",
    "$lookup({'a': 1}, 'a') ? $exists($nothing) : $base64encode('x')",
];

/// Definitions.
pub(crate) const DEFINITIONS: [&str; 7] = [
    include_str!("../../examples/greeting/greeting.asl.json"),
    include_str!("../../examples/order-saga/order-saga.asl.json"),
    include_str!("../../examples/file-processing/file-processing.asl.json"),
    include_str!("../../examples/approval/approval.asl.json"),
    include_str!("../../examples/nightly-report/nightly-report.asl.json"),
    r#"{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"And":[{"Variable":"$.a","NumericEquals":1},{"Not":{"Variable":"$.b","StringMatches":"a*\\*"}}],"Next":"B","Assign":{"x.$":"$.a"}}],"Default":"B"},"B":{"Type":"Wait","TimestampPath":"$.t","Next":"C"},"C":{"Type":"Succeed"}}}"#,
    r#"{"StartAt":"M","TimeoutSeconds":5,"States":{"M":{"Type":"Map","ItemsPath":"$.i","ItemSelector":{"v.$":"$$.Map.Item.Value"},"MaxConcurrencyPath":"$.n","ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE"},"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[{"StartAt":"F","States":{"F":{"Type":"Fail","ErrorPath":"$.e"}}}],"Retry":[{"ErrorEquals":["States.ALL"],"BackoffRate":1.5,"MaxDelaySeconds":9}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"E","ResultPath":"$.err"}],"End":true},"E":{"Type":"Pass","Result":{"a.$":1},"End":true}}},"End":true}}}"#,
];

/// States alone.
pub(crate) const STATES: [&str; 3] = [
    r#"{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"QueueUrl":"q","MessageBody.$":"$$.Task.Token"},"Catch":[{"ErrorEquals":["States.ALL"],"Next":"TestState"}],"Next":"B"}"#,
    r#"{"Type":"Choice","Choices":[{"Variable":"$x","IsPresent":true,"Next":"A"}],"Default":"B"}"#,
    r#"{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $y %}","Assign":{"z":1},"End":true}"#,
];

/// The state machine that mock files are about.
pub(crate) const MOCKED: &str = "order-saga";

/// Mock files.
pub(crate) const MOCK_FILES: [&str; 2] = [
    include_str!("../../examples/order-saga/order-saga.mocks.json"),
    r#"{"StateMachines":{"order-saga":{"TestCases":{"a":{"S":"r"}}}},"MockedResponses":{"r":{"0-4294967295":{"Return":null}}}}"#,
];

/// Files of separated values.
pub(crate) const CSV: [&str; 4] = [
    "a,b,c\n1,\"x, y\",z\n\"say \"\"hi\"\"\",,\n",
    "a,b\r\n1\r\n1,2,3\r\n\r\n\"line\r\nbreak\",x\r\n",
    "a,b\nC:\\\\x\\,y,\\\"z\\n\n5\"x,6\"y,7\n",
    "\u{feff}a,b\n\"\"\"\",\"\"\n{\"\"k\"\":\"\"v\"\"},\"[1,2]\"\n",
];

/// Files of one JSON value a line.
pub(crate) const JSON_LINES: [&str; 2] =
    ["{\"a\":[1,2]}\n\n\"text\"\r\nnull\n", "1\n 2 \n[3,\n4]\n{}"];

/// Pipelines.
pub(crate) const PIPELINES: [&str; 7] = [
    include_str!("../../examples/pipelines/1-daily-etl.pipeline.yaml"),
    include_str!("../../examples/pipelines/2-ml-train-deploy.pipeline.yaml"),
    include_str!("../../examples/pipelines/3-order-saga.pipeline.yaml"),
    include_str!("../../examples/pipelines/4-itops-backup.pipeline.yaml"),
    include_str!("../../examples/pipelines/5-cicd-matrix.pipeline.yaml"),
    include_str!("../../examples/pipelines/6-checkout-services.pipeline.yaml"),
    "pipeline: p\ntasks:\n  a: &a {run: 'echo ${{ run.id }}', retry: 3}\n  b:\n    <<: *a\n    needs: [a]\n    if: \"needs.a.state == 'x'\"\n---\npipeline: q\njobs: {x: *a}\n",
];

/// Crons.
pub(crate) const CRONS: [&str; 6] = [
    "*/15 1-7/3,22 L,15W,LW * MON-FRI,5L,0#2",
    "0 5/15 H(0-7) ? JAN,6-8 *",
    "TZ=Europe/Lisbon H/20 2 29 2 7",
    "CRON_TZ=America/New_York @daily",
    "@every 1h30m",
    "30 2 31 1,3,5 *",
];

/// Recurrence rules.
pub(crate) const RULES: [&str; 4] = [
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "RRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,-4,5",
    "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH;BYHOUR=9,12;BYMINUTE=30",
    "FREQ=DAILY;UNTIL=20261231T235959Z;BYSECOND=0,30",
];
