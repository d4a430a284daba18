//! Intrinsic functions: results, failures, refused calls.

use compasso_expr::Failure;
use compasso_expr::intrinsic::Intrinsic;
use compasso_types::Json;
use proptest::prelude::*;

use crate::world::{World, json};

#[test]
fn texts_are_formatted_as_java_writes_them() {
    check(&[
        ("States.Format('Hello, {}!', $.name)", r#""Hello, Ada!""#),
        ("States.Format('{}', $.o)", r#""{Arg1=1, Arg2=[]}""#),
        ("States.Format('{} {} {}', 1.1, null, true)", r#""1.1 null true""#),
        ("States.Format('{}{}', 1, 'x')", r#""1x""#),
        (r"States.Format('it\'s \{\} \\ {}', 'x')", r#""it's {} \\ x""#),
        ("States.Format('no places')", r#""no places""#),
        ("States.Format('a { b } {}', 1)", r#""a { b } 1""#),
        ("States.Format($.template, $.name, 2)", r#""Ada-2""#),
        ("States.Format('{}', $$.Execution.Name)", r#""run""#),
        ("States.Format('{}', $order.id)", r#""7""#),
        ("States.Format('{}', $.l[?(@ > 2)])", r#""[3]""#),
    ]);
}

#[test]
fn json_is_read_from_text_and_written_to_text() {
    check(&[
        ("States.StringToJson('')", "null"),
        ("States.StringToJson(' ')", "null"),
        ("States.StringToJson('-0')", "0"),
        (r#"States.StringToJson('\{"a":[1,2.5]\}')"#, r#"{"a":[1,2.5]}"#),
        (r#"States.StringToJson('{"a":1}')"#, r#"{"a":1}"#),
        ("States.StringToJson($.text)", r#"{"n":1}"#),
        ("States.JsonToString(States.Array(1, 2, 'HelloWorld'))", r#""[1,2,\"HelloWorld\"]""#),
        ("States.JsonToString(null)", r#""null""#),
        ("States.JsonToString('x')", r#""\"x\"""#),
    ]);
}

#[test]
fn arrays_are_made_cut_and_searched() {
    check(&[
        ("States.Array()", "[]"),
        ("States.Array('a', 1, $.name, null)", r#"["a",1,"Ada",null]"#),
        ("States.ArrayPartition(States.Array(0,1,2,3), 3)", "[[0,1,2],[3]]"),
        ("States.ArrayPartition(States.Array(), 3)", "[]"),
        ("States.ArrayPartition($.l, 1.5)", "[[1,2],[3]]"),
        ("States.ArrayContains($.nested, $.l)", "true"),
        ("States.ArrayContains($.nested, 2)", "true"),
        ("States.ArrayContains($.nested, 3)", "false"),
        ("States.ArrayRange(0, 10, 3)", "[0,3,6,9]"),
        ("States.ArrayRange(1, 9, 9)", "[1]"),
        ("States.ArrayRange(1, 9, 2)", "[1,3,5,7,9]"),
        ("States.ArrayRange(3, 1, -1)", "[3,2,1]"),
        ("States.ArrayRange(3, 1, 1)", "[]"),
        ("States.ArrayRange(5, 5, -2)", "[5]"),
        ("States.ArrayRange(0.5, 2.4, 1)", "[1,2]"),
        ("States.ArrayLength(States.ArrayRange(1, 1000, 1))", "1000"),
        ("States.ArrayGetItem($.l, 2)", "3"),
        ("States.ArrayGetItem($.l, 0.0)", "1"),
        ("States.ArrayLength($.l)", "3"),
        ("States.ArrayLength(States.Array())", "0"),
        (
            "States.ArrayUnique(States.Array(1, 1.0, 1.1, '1', 1, null, null))",
            r#"[1,1.1,"1",null]"#,
        ),
        ("States.ArrayUnique($.doubles)", r#"[[],[null],{"a":1,"b":2}]"#),
    ]);
}

#[test]
fn texts_are_encoded_hashed_and_split() {
    check(&[
        ("States.Base64Encode('')", r#""""#),
        ("States.Base64Decode('')", r#""""#),
        ("States.Base64Encode('Data to encode')", r#""RGF0YSB0byBlbmNvZGU=""#),
        ("States.Base64Decode('RGVjb2RlZCBkYXRh')", r#""Decoded data""#),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU')", r#""Data to encode""#),
        ("States.Hash('input data', 'MD5')", r#""812f45842bc6d66ee14572ce20db8e86""#),
        ("States.Hash('input data', 'SHA-1')", r#""aaff4a450a104cd177d28d18d74485e8cae074b7""#),
        (
            "States.Hash('', 'SHA-256')",
            r#""e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""#,
        ),
        ("States.ArrayLength(States.StringSplit(',,,,', ','))", "0"),
        (
            "States.StringSplit('This.is+a,test=string', '.+,=')",
            r#"["This","is","a","test","string"]"#,
        ),
        ("States.StringSplit('1,2,3', ',')", r#"["1","2","3"]"#),
        ("States.StringSplit('ab', '')", r#"["ab"]"#),
        (
            "States.JsonMerge(States.StringToJson('{\"a\":{\"a1\":1}}'), \
             States.StringToJson('{\"a\":{\"a3\":3},\"b\":2}'), false)",
            r#"{"a":{"a3":3},"b":2}"#,
        ),
    ]);
}

#[test]
fn numbers_are_rounded_up_at_the_half_before_they_are_added() {
    check(&[
        ("States.MathAdd(1, -2)", "-1"),
        ("States.MathAdd(-1.5, 0)", "-1"),
        ("States.MathAdd(-1.51, 0)", "-2"),
        ("States.MathAdd(-0.5, 0.5)", "1"),
        ("States.MathAdd(1.5, 1.51)", "4"),
        ("States.MathAdd(-1.5, -1.51)", "-3"),
        ("States.MathAdd(0.49999999999999994, 0)", "0"),
        ("States.MathAdd(9007199254740993, 0)", "9007199254740993"),
    ]);
}

#[test]
fn random_integers_stay_in_their_range_and_a_seed_decides_them() {
    let world = World::default();
    let draw = |call: &str| {
        let call = Intrinsic::parse(call).unwrap();
        call.evaluate(&Json::Null, &world).unwrap().as_i64().unwrap()
    };
    let drawn: Vec<i64> = (0..200).map(|_| draw("States.MathRandom(-2, 3)")).collect();
    for number in -2..3 {
        assert!(drawn.contains(&number), "{number}");
    }
    assert!(drawn.iter().all(|number| (-2..3).contains(number)));
    assert_eq!(draw("States.MathRandom(1, 999, 42)"), draw("States.MathRandom(1, 999, 42)"));
    assert_ne!(draw("States.MathRandom(1, 999, 42)"), draw("States.MathRandom(1, 999, 43)"));
    assert_eq!(draw("States.MathRandom(1, 2, 7)"), 1);
}

#[test]
fn a_uuid_has_version_four() {
    let value = evaluate("States.UUID()").unwrap();
    let uuid = value.as_str().unwrap();
    let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12]);
    assert_eq!(&uuid[14..15], "4");
    assert!("89ab".contains(&uuid[19..20]), "{uuid}");
}

#[test]
fn an_array_function_that_cannot_take_its_arguments_fails() {
    check_refused(&[
        ("States.StringToJson('{')", "States.StringToJson: the text is not JSON"),
        ("States.StringToJson(5)", "the argument must be a string, but it is a number"),
        ("States.ArrayPartition($.l, 0)", "the size must be at least 1"),
        ("States.ArrayPartition(5, 1)", "the first argument must be an array, but it is a number"),
        ("States.ArrayPartition($.l, 'x')", "the size must be a number, but it is a string"),
        ("States.ArrayRange(0, 1000, 1)", "the range has more than 1000 items"),
        ("States.ArrayRange(1, 9, 0.4)", "the step must not be 0"),
        ("States.ArrayRange(-9223372036854775808, 9223372036854775807, 1)", "more than 1000 items"),
        ("States.ArrayGetItem($.l, 3)", "the index 3 is out of range: 3 items"),
        ("States.ArrayGetItem($.l, -1)", "the index -1 is out of range: 3 items"),
        ("States.ArrayGetItem($.l, 0.5)", "the index must be an integer: 0.5"),
    ]);
}

#[test]
fn a_text_or_number_out_of_bounds_fails() {
    check_refused(&[
        ("States.Base64Decode('!')", "the text is not Base64"),
        ("States.Base64Decode('/w==')", "the decoded bytes are not a text in UTF-8"),
        ("States.Base64Encode($.long)", "the text is longer than 10000 characters"),
        ("States.Hash($.long, 'MD5')", "the text is longer than 10000 characters"),
        ("States.Hash('x', 'md5')", "the algorithm must be MD5,"),
        ("States.JsonMerge($.o, $.o, true)", "deep merging is not supported"),
        ("States.JsonMerge($.o, 1, false)", "the first two arguments must be objects"),
        ("States.MathAdd('1', 2)", "the first argument must be a number, but it is a string"),
        ("States.MathAdd(9223372036854775807, 1)", "the sum is out of range"),
        ("States.MathAdd(1e300, 1)", "the first argument is out of range"),
        ("States.MathRandom(3, 3)", "the start 3 must be less than the end 3"),
        ("States.StringSplit(1, ',')", "both arguments must be strings"),
        ("States.Format($.template, 1)", "the template has 2 places {}, but there are 1 values"),
        ("States.Format($.l, 1)", "the template must be a string, but it is an array"),
    ]);
}

#[test]
fn a_path_that_leads_nowhere_names_call_and_path() {
    let call = Intrinsic::parse("States.Format('{}', $.a.b)").unwrap();
    let failure = call.evaluate(&json(r#"{"c":1}"#), &World::default()).unwrap_err();
    let expected = "The function 'States.Format('{}', $.a.b)' had the following error: The JsonPath \
                    argument for the field '$.a.b' could not be found in the input";
    assert_eq!(failure, Failure::NotInInput(expected.to_owned()));
}

#[test]
fn a_bad_call_is_refused_with_its_place() {
    let rows = [
        ("", 0, "'' is not an intrinsic function"),
        ("States.Nope()", 0, "'States.Nope' is not an intrinsic function"),
        ("States.Array", 12, "expected '(' after States.Array"),
        ("States.Array(", 13, "expected a string"),
        ("States.Array(1", 14, "expected ',' or ')'"),
        ("States.Array(1,)", 15, "expected a string"),
        ("States.Array(1 2)", 15, "expected ',' or ')'"),
        ("States.Array() x", 15, "unexpected text after the call"),
        ("States.Array('a)", 16, "the string is not closed"),
        (r"States.Array('a\n')", 15, "a backslash must be followed by"),
        (r"States.Array('a\')", 18, "the string is not closed"),
        (r"States.Array('\", 14, "a backslash must be followed by"),
        ("States.Array(\"a\")", 13, "expected a string in single quotes"),
        ("States.Array($.)", 15, "Path must not end with a '.'"),
        ("States.Array(1, $.a[x])", 19, "Could not parse token"),
        ("States.Array(States.Hash('a'))", 13, "States.Hash takes 2 arguments, but there are 1"),
        ("States.UUID(1)", 0, "States.UUID takes 0 arguments, but there are 1"),
        ("States.MathRandom(1)", 0, "States.MathRandom takes 2 to 3 arguments, but there are 1"),
        ("States.Format()", 0, "States.Format takes at least 1 arguments, but there are 0"),
        ("States.Format('{}')", 0, "the template has 1 places {}, but there are 0 values"),
    ];
    for (call, offset, message) in rows {
        let error = Intrinsic::parse(call).expect_err(call);
        assert!(error.message.contains(message), "{call}: {error}");
        assert_eq!(error.offset, Some(offset), "{call}");
    }
}

#[test]
fn calls_nest_ten_levels_deep() {
    let nested = |levels| format!("{}1{}", "States.Array(".repeat(levels), ")".repeat(levels));
    assert_eq!(evaluate(&nested(10)).unwrap().to_string(), "[[[[[[[[[[1]]]]]]]]]]");
    assert!(Intrinsic::parse(&nested(11)).unwrap_err().message.contains("10 levels"));
    assert!(Intrinsic::parse(&nested(100_000)).is_err());
}

#[test]
fn a_call_that_makes_too_much_fails() {
    let data = Json::from("x".repeat(200_000));
    let call = format!("States.Format('{}'{})", "{}".repeat(1_000), ", $".repeat(1_000));
    let failure = Intrinsic::parse(&call).unwrap().evaluate(&data, &World::default());
    assert!(matches!(failure, Err(Failure::Intrinsic(_))));
    let call = format!("States.Array({})", ["States.JsonToString($)"; 1_000].join(","));
    let failure = Intrinsic::parse(&call).unwrap().evaluate(&data, &World::default());
    assert!(matches!(failure, Err(Failure::Intrinsic(_))));
}

#[test]
fn name_paths_and_variables_are_known_without_running() {
    let call =
        Intrinsic::parse("States.Array($z.a, States.Format('{}', $b), $.c, $b.x, $$.d)").unwrap();
    assert_eq!(call.name(), "States.Array");
    assert_eq!(call.variables(), ["b", "z"]);
    let paths: Vec<_> = call.paths().iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["$z.a", "$b", "$.c", "$b.x", "$$.d"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_panics(arguments in r"[$.@'\\{}()\[\],a0-9 ß-]{0,24}", number in 0usize..18) {
        exercise(&arguments);
        exercise(&format!("{}({arguments})", NAMES[number]));
    }

    #[test]
    fn no_argument_panics(number in 0usize..18, picks in prop::collection::vec(0usize..12, 0..4)) {
        const VALUES: [&str; 12] = [
            "1", "-1.5", "1e308", "''", "'{}'", "null", "true", "$.l", "$.o", "$.nested",
            "-9223372036854775808", "9223372036854775807",
        ];
        let arguments: Vec<_> = picks.iter().map(|pick| VALUES[*pick]).collect();
        exercise(&format!("{}({})", NAMES[number], arguments.join(", ")));
    }

    #[test]
    fn no_mutation_of_a_call_panics(at in 0usize..90, inserted in any::<char>()) {
        let call = "States.Format('{} \\{', States.ArrayGetItem($.l[?(@ > 1)], 0), $order.id)";
        let mut characters: Vec<char> = call.chars().collect();
        characters.insert(at.min(characters.len()), inserted);
        exercise(&characters.into_iter().collect::<String>());
    }
}

const NAMES: [&str; 18] = [
    "States.Format",
    "States.StringToJson",
    "States.JsonToString",
    "States.StringSplit",
    "States.Array",
    "States.ArrayPartition",
    "States.ArrayContains",
    "States.ArrayRange",
    "States.ArrayGetItem",
    "States.ArrayLength",
    "States.ArrayUnique",
    "States.Base64Encode",
    "States.Base64Decode",
    "States.Hash",
    "States.JsonMerge",
    "States.MathRandom",
    "States.MathAdd",
    "States.UUID",
];

fn exercise(call: &str) {
    if let Ok(call) = Intrinsic::parse(call) {
        drop(call.evaluate(&data(), &World::default()));
    }
}

fn check(rows: &[(&str, &str)]) {
    for (call, value) in rows {
        let evaluated = evaluate(call).unwrap_or_else(|failure| panic!("{call}: {failure}"));
        assert_eq!(evaluated.to_string(), *value, "{call}");
    }
}

/// Checks that each call fails for its reason.
fn check_refused(rows: &[(&str, &str)]) {
    for (call, reason) in rows {
        let failure = evaluate(call).unwrap_err();
        let Failure::Intrinsic(cause) = failure else { panic!("{call}: {failure:?}") };
        let start = format!("The function '{call}' had the following error: ");
        assert!(cause.starts_with(&start) && cause.contains(reason), "{cause}");
    }
}

fn evaluate(call: &str) -> Result<Json, Failure> {
    let call = Intrinsic::parse(call).unwrap_or_else(|error| panic!("{call}: {error}"));
    call.evaluate(&data(), &World::default())
}

fn data() -> Json {
    let data = json(
        r#"{"name":"Ada","o":{"Arg1":1,"Arg2":[]},"template":"{}-{}","l":[1,2,3],
            "nested":[[1,2,3],2],"text":"{\"n\": 1}",
            "doubles":[[],[null],[],{"a":1,"b":2},{"b":2.0,"a":1}]}"#,
    );
    let long = Json::from("ä".repeat(10_001));
    Json::object(
        data.as_object()
            .unwrap()
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .chain([("long".into(), long)]),
    )
}
