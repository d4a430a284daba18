use crate::dataset::{Dataset, block_on};

const JSON: &str = r#"{"InputType":"JSON"}"#;
const JSON_LINES: &str = r#"{"InputType":"JSONL"}"#;

#[test]
fn the_elements_of_an_array_are_the_items() {
    check(
        JSON,
        r#" [ 1 , {"a":[1,"]"]}, "x\"y", [], null,-1.5e3 ] "#,
        &["0 1", r#"1 {"a":[1,"]"]}"#, r#"2 "x\"y""#, "3 []", "4 null", "5 -1500.0"],
    );
    check(JSON, "[]", &[]);
    check(JSON, "\u{FEFF}[1]", &["0 1"]);
}

#[test]
fn the_members_of_an_object_are_the_items() {
    check(JSON, r#"{"a":1,"b c":{"d":2}}"#, &["0 a=1", r#"1 b c={"d":2}"#]);
    check(JSON, "{}", &[]);
}

#[test]
fn a_pointer_chooses_the_items() {
    let file = r#"{"skipped":{"x":[1,{"y":"\\"}]},"a/b":{"~":[[0],[5,6]]},"late":[7]}"#;
    let pointer = |pointer: &str| format!(r#"{{"InputType":"JSON","ItemsPointer":"{pointer}"}}"#);
    check(&pointer("/a~1b/~0/1"), file, &["0 5", "1 6"]);
    check(&pointer("/late"), file, &["0 7"]);
    check(&pointer("/skipped"), file, &[r#"0 x=[1,{"y":"\\"}]"#]);
    for missing in ["/none", "/a~1b/~0/2", "/a~1b/~0/01", "/late/0", "/late/0/0"] {
        check(&pointer(missing), file, &[NOT_ITERABLE]);
    }
}

const NOT_ITERABLE: &str = "States.ItemReaderFailed: Attempting to map over non-iterable node.";

#[test]
fn what_has_no_items_is_refused() {
    for text in ["1", "\"text\"", "null", " true ", "", "  "] {
        check(JSON, text, &[NOT_ITERABLE]);
    }
}

#[test]
fn malformed_json_fails_where_it_is_met() {
    for (text, good, at) in [
        ("[1,2", 2, 4),
        ("[1,2,]", 2, 5),
        ("[1 2]", 1, 3),
        ("[1,{\"a\" 1}]", 1, 8),
        ("[1]]", 1, 3),
        ("[1] [2]", 1, 4),
        ("[\"a\nb\"]", 0, 3),
        ("[tru]", 0, 4),
        ("[01]", 0, 3),
        ("nothing", 0, 1),
        ("{1:2}", 0, 1),
        ("{\"a\":1,}", 1, 7),
    ] {
        let read = Dataset::new().with("k", text).read("k", JSON);
        let lines: Vec<_> = read.lines().collect();
        let failure = format!("States.ItemReaderFailed: The JSON file is malformed at byte {at}.");
        assert_eq!((lines.len(), lines.last().copied()), (good + 1, Some(&*failure)), "{text}");
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = |depth: usize| format!("[{}{}]", "[".repeat(depth), "]".repeat(depth));
    assert!(!Dataset::new().with("k", deep(100)).read("k", JSON).contains("malformed"));
    assert!(Dataset::new().with("k", deep(100_000)).read("k", JSON).contains("malformed"));
    let skipped = format!(r#"{{"a":{},"b":[1]}}"#, deep(100_000));
    let pointer = r#"{"InputType":"JSON","ItemsPointer":"/b"}"#;
    assert!(Dataset::new().with("k", skipped).read("k", pointer).contains("malformed"));
}

#[test]
fn every_line_is_an_item() {
    check(JSON_LINES, "{\"a\":1}\r\n\n[2]\n  \n\"é\"", &[r#"0 {"a":1}"#, "1 [2]", "2 \"é\""]);
    check(JSON_LINES, "", &[]);
    check(JSON_LINES, "\u{FEFF}1\n", &["0 1"]);
}

#[test]
fn a_malformed_line_is_named() {
    let read = Dataset::new().with("k", "1\n\n{\"a\":\n3\n").read("k", JSON_LINES);
    assert!(
        read.starts_with("0 1\nStates.ItemReaderFailed: Line 3 of the JSONL file is not JSON: EOF"),
        "{read}"
    );
}

#[test]
fn an_item_larger_than_the_limit_is_refused() {
    let large = format!("\"{}\"", "x".repeat(8 * 1024 * 1024));
    let expected = "States.ItemReaderFailed: An item is larger than 8388608 bytes.";
    check(JSON_LINES, &large, &[expected]);
    check(JSON, &format!("[1,{large}]"), &["0 1", expected]);
    let pointer = r#"{"InputType":"JSON","ItemsPointer":"/b"}"#;
    check(pointer, &format!(r#"{{"a":{large},"b":[1]}}"#), &["0 1"]);
}

#[test]
fn most_items_are_as_many_as_wished() {
    let read = |count: &str| {
        let config = format!(r#"{{"InputType":"JSON","MaxItems":{count}}}"#);
        Dataset::new().with("k", "[1,2,3]").read("k", &config)
    };
    assert_eq!(read("2"), "0 1\n1 2");
    for all in ["0", "3", "4", "100000001"] {
        assert_eq!(read(all), "0 1\n1 2\n2 3", "{all}");
    }
    assert_eq!(read("-1"), "States.ItemReaderFailed: field MaxItems must be positive");
}

#[test]
fn reading_goes_on_at_an_index() {
    let numbers: Vec<_> = (0..50_000).map(|number| number.to_string()).collect();
    let dataset = Dataset::new().with("k", format!("[{}]", numbers.join(",")));
    block_on(async {
        let mut stream = dataset.open("k", JSON).unwrap();
        for expected in [0, 3, 4, 2_500, 49_999] {
            let item = stream.next_from(expected).await.unwrap().unwrap();
            assert_eq!((item.index, item.value.as_i64()), (expected, Some(expected as i64)));
        }
        assert_eq!(stream.next().await.unwrap(), None);
        assert_eq!(stream.next().await.unwrap(), None);
    });
}

fn check(config: &str, file: &str, expected: &[&str]) {
    let read = Dataset::new().with("k", file).read("k", config);
    assert_eq!(read, expected.join("\n"), "{}", &file[..file.len().min(200)]);
}
