use compasso_types::Json;
use proptest::prelude::*;

use crate::dataset::Dataset;

const CSV: &str = r#"{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW"}"#;

#[test]
fn the_first_row_names_the_fields() {
    check(
        "a,b\n1,x y\n2,\n",
        r#"
        0 {"a":"1","b":"x y"}
        1 {"a":"2","b":""}
    "#,
    );
    check("a,b\n", "");
    check("", "");
}

#[test]
fn names_can_be_given() {
    let given = r#"{"InputType":"CSV","CSVHeaderLocation":"GIVEN","CSVHeaders":["x","y"]}"#;
    let read = Dataset::new().with("k", "a,b\n1,2").read("k", given);
    assert_eq!(read, "0 {\"x\":\"a\",\"y\":\"b\"}\n1 {\"x\":\"1\",\"y\":\"2\"}");
}

#[test]
fn every_delimiter_is_known() {
    for (name, delimiter) in
        [("COMMA", ','), ("PIPE", '|'), ("SEMICOLON", ';'), ("SPACE", ' '), ("TAB", '\t')]
    {
        let config = format!(r#"{{"InputType":"CSV","CSVDelimiter":"{name}"}}"#);
        let text = format!("a{delimiter}b\n1{delimiter}\"2{delimiter}3\"\\{delimiter}\n");
        let read = Dataset::new().with("k", text).read("k", &config);
        let second = Json::from(format!("2{delimiter}3\"{delimiter}"));
        assert_eq!(read, format!(r#"0 {{"a":"1","b":{second}}}"#), "{name}");
    }
}

#[test]
fn short_rows_are_padded_and_surplus_fields_dropped() {
    check(
        "a,b\n1\n1,2,3,\"4\n5\"\n,\n",
        r#"
        0 {"a":"1","b":""}
        1 {"a":"1","b":"2"}
        2 {"a":"","b":""}
    "#,
    );
}

#[test]
fn quotes_make_delimiters_and_newlines_ordinary() {
    check("a,b\n\"1,\n2\",\"say \"\"hi\"\"\"\n", r#"0 {"a":"1,\n2","b":"say \"hi\""}"#);
    check("a\n\"\"\n\"\"\"\"\n", "0 {\"a\":\"\"}\n1 {\"a\":\"\\\"\"}");
    // As the documentation of Step Functions has it: two quotes are one outside quotes, too.
    check(
        "a,b,c\nabc,{\"\"MyKey\"\":\"\"MyValue\"\"},\"[1,2,3]\"\n",
        r#"0 {"a":"abc","b":"{\"MyKey\":\"MyValue\"}","c":"[1,2,3]"}"#,
    );
    check("a,b\n5\"x,6\"y,z\n", r#"0 {"a":"5\"x,6\"y","b":"z"}"#);
}

#[test]
fn backslashes_escape_or_vanish() {
    check(
        r"a,b
C:\\Program Files\\App.exe,x\,y\nz\
",
        r#"0 {"a":"C:\\Program Files\\App.exe","b":"x,ynz"}"#,
    );
    check("a\n\"x\\\"y\"\n", r#"0 {"a":"x\"y"}"#);
}

#[test]
fn line_ends_may_have_carriage_returns_and_empty_lines_count_for_nothing() {
    check(
        "a,b\r\n\r\n1,2\r\n\n\"3\r\n4\",5\r\n",
        r#"
        0 {"a":"1","b":"2"}
        1 {"a":"3\r\n4","b":"5"}
    "#,
    );
    check("a\n1\r2\n", r#"0 {"a":"1\r2"}"#);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_header() {
    check("\u{FEFF}a\n1", r#"0 {"a":"1"}"#);
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    let read = Dataset::new().with("k", b"a\nx\xFFy\0\n").read("k", CSV);
    assert_eq!(read, "0 {\"a\":\"x\u{FFFD}y\\u0000\"}");
}

#[test]
fn a_header_has_every_name_once() {
    let expected = "States.ItemReaderFailed: CSV headers cannot contain duplicates.";
    check("a,b,a\n1,2,3", expected);
    let given = r#"{"InputType":"CSV","CSVHeaderLocation":"GIVEN","CSVHeaders":["x","x"]}"#;
    assert_eq!(Dataset::new().with("k", "").read("k", given), expected);
}

#[test]
fn a_large_header_is_refused() {
    let header = format!("{},b\n1", "x".repeat(10 * 1024));
    check(&header, "States.ItemReaderFailed: CSV headers cannot be larger than 10240 bytes.");
}

#[test]
fn large_fields_are_read_up_to_the_limit_of_an_item() {
    let field = "x".repeat(8 * 1024 * 1024 - 10);
    check(&format!("a,b\n{field},c\n"), &format!(r#"0 {{"a":"{field}","b":"c"}}"#));
    let too_large = "States.ItemReaderFailed: An item is larger than 8388608 bytes.";
    check(&format!("a\n1\n{field}xxxxxxxxxxxx\n"), &format!("0 {{\"a\":\"1\"}}\n{too_large}"));
    check(&format!("a\n\"{field}\n{field}"), too_large);
}

#[test]
fn a_quote_that_does_not_end_is_an_error() {
    check(
        "a\n1\n\"2\n3",
        "0 {\"a\":\"1\"}\nStates.ItemReaderFailed: Record 3 of the CSV file has a quote that does not end.",
    );
}

proptest! {
    /// What is written with quotes is read as it was.
    #[test]
    fn quoted_fields_are_read_as_they_were(
        rows in prop::collection::vec(prop::collection::vec("[a,\"\\\\ \r\né]{0,6}", 3), 0..6)
    ) {
        let quoted = |field: &String| {
            format!("\"{}\"", field.replace('\\', "\\\\").replace('"', "\"\""))
        };
        let mut text = "a,b,c\n".to_owned();
        let mut expected = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            text.push_str(&row.iter().map(quoted).collect::<Vec<_>>().join(","));
            text.push('\n');
            let members = ["a", "b", "c"].into_iter().zip(row.iter().map(|field| Json::from(&**field)));
            expected.push(format!("{index} {}", Json::object(members)));
        }
        prop_assert_eq!(Dataset::new().with("k", text).read("k", CSV), expected.join("\n"));
    }

    /// Every record has every name, whatever the file holds.
    #[test]
    fn every_record_has_every_name(text in "[ab,\"\\\\ \r\n]{0,40}") {
        let read = Dataset::new().with("k", format!("x,y\n{text}")).read("k", CSV);
        for line in read.lines().filter(|line| !line.starts_with("States.")) {
            let (_, value) = line.split_once(' ').unwrap();
            let value = Json::parse(value).unwrap();
            let names: Vec<_> = value.as_object().unwrap().keys().map(|name| &**name).collect();
            prop_assert_eq!(names, ["x", "y"]);
        }
    }
}

fn check(file: &str, expected: &str) {
    let lines: Vec<_> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let read = Dataset::new().with("k", file).read("k", CSV);
    assert!(
        read == lines.join("\n"),
        "{:?} is read as {:?}",
        &file[..file.len().min(99)],
        &read[..read.len().min(999)]
    );
}
