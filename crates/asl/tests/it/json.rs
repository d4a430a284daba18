//! The JSON reader: its errors are worded as AWS words them.

use std::fmt::Write;

use compasso_asl::source::{NESTING_MAX, parse};
use compasso_types::Json;
use expect_test::expect;

#[test]
fn broken_texts_are_refused_in_the_words_of_jackson() {
    let texts = [
        "not json",
        "",
        "  ",
        "{",
        "[",
        "[1",
        "[1,",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "[1 2]",
        "[1,]",
        "[}",
        "{]",
        "}",
        "[1]]",
        "{} x",
        "\"abc",
        "{\"abc",
        "\"a\nb\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\",
        "\"\\u12",
        "01",
        "-",
        "-x",
        "1.",
        "1.x",
        "1e",
        "1ex",
        "1x",
        "1e999",
        "NaN",
        "+1",
        "nul",
        "True",
        "\u{20ac}",
        "é",
        "{\n  \"a\": tru\n}",
    ];
    let mut all = String::new();
    for text in texts {
        let error = parse(text).unwrap_err();
        writeln!(all, "{text:?} {}: {error} {}", error.offset, error.location()).unwrap();
    }
    expect![[r#"
        "not json" 0: Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') [Source: (String); line: 1, column: 4]
        "" 0: No content to map due to end-of-input [Source: (String); line: 1, column: 1]
        "  " 2: No content to map due to end-of-input [Source: (String); line: 1, column: 3]
        "{" 1: Unexpected end-of-input: expected close marker for Object (start marker at [Source: (String); line: 1, column: 1]) [Source: (String); line: 1, column: 2]
        "[" 1: Unexpected end-of-input: expected close marker for Array (start marker at [Source: (String); line: 1, column: 1]) [Source: (String); line: 1, column: 2]
        "[1" 2: Unexpected end-of-input: expected close marker for Array (start marker at [Source: (String); line: 1, column: 1]) [Source: (String); line: 1, column: 3]
        "[1," 3: Unexpected end-of-input within/between Array entries [Source: (String); line: 1, column: 4]
        "{\"a\"" 4: Unexpected end-of-input within/between Object entries [Source: (String); line: 1, column: 5]
        "{\"a\":" 5: Unexpected end-of-input within/between Object entries [Source: (String); line: 1, column: 6]
        "{\"a\":1" 6: Unexpected end-of-input: expected close marker for Object (start marker at [Source: (String); line: 1, column: 1]) [Source: (String); line: 1, column: 7]
        "{\"a\":1," 7: Unexpected end-of-input within/between Object entries [Source: (String); line: 1, column: 8]
        "{\"a\":1,}" 7: Unexpected character ('}' (code 125)): was expecting double-quote to start field name [Source: (String); line: 1, column: 9]
        "{a:1}" 1: Unexpected character ('a' (code 97)): was expecting double-quote to start field name [Source: (String); line: 1, column: 3]
        "{'a':1}" 1: Unexpected character (''' (code 39)): was expecting double-quote to start field name [Source: (String); line: 1, column: 3]
        "{\"a\" 1}" 5: Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value [Source: (String); line: 1, column: 7]
        "{\"a\":1 \"b\":2}" 7: Unexpected character ('"' (code 34)): was expecting comma to separate Object entries [Source: (String); line: 1, column: 9]
        "[1 2]" 3: Unexpected character ('2' (code 50)): was expecting comma to separate Array entries [Source: (String); line: 1, column: 5]
        "[1,]" 3: Unexpected character (']' (code 93)): expected a value [Source: (String); line: 1, column: 5]
        "[}" 1: Unexpected close marker '}': expected ']' (for Array starting at [Source: (String); line: 1, column: 1]) [Source: (String); line: 1, column: 3]
        "{]" 1: Unexpected close marker ']': expected '}' (for Object starting at [Source: (String); line: 1, column: 1]) [Source: (String); line: 1, column: 3]
        "}" 0: Unexpected character ('}' (code 125)): expected a value [Source: (String); line: 1, column: 2]
        "[1]]" 3: Unexpected character (']' (code 93)): was expecting the end of the text [Source: (String); line: 1, column: 5]
        "{} x" 3: Unexpected character ('x' (code 120)): was expecting the end of the text [Source: (String); line: 1, column: 5]
        "\"abc" 4: Unexpected end-of-input: was expecting closing quote for a string value [Source: (String); line: 1, column: 5]
        "{\"abc" 5: Unexpected end-of-input in field name [Source: (String); line: 1, column: 6]
        "\"a\nb\"" 2: Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value [Source: (String); line: 2, column: 1]
        "\"\\x\"" 2: Unrecognized character escape 'x' (code 120) [Source: (String); line: 1, column: 4]
        "\"\\u12g4\"" 5: Unexpected character ('g' (code 103)): expected a hex-digit for character escape sequence [Source: (String); line: 1, column: 7]
        "\"\\" 2: Unexpected end-of-input in character escape sequence [Source: (String); line: 1, column: 3]
        "\"\\u12" 5: Unexpected end-of-input in character escape sequence [Source: (String); line: 1, column: 6]
        "01" 0: Invalid numeric value: Leading zeroes not allowed [Source: (String); line: 1, column: 2]
        "-" 1: Unexpected end-of-input in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value [Source: (String); line: 1, column: 2]
        "-x" 1: Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value [Source: (String); line: 1, column: 3]
        "1." 2: Unexpected end-of-input in numeric value: Decimal point not followed by a digit [Source: (String); line: 1, column: 3]
        "1.x" 2: Unexpected character ('x' (code 120)) in numeric value: Decimal point not followed by a digit [Source: (String); line: 1, column: 4]
        "1e" 2: Unexpected end-of-input in numeric value: Exponent indicator not followed by a digit [Source: (String); line: 1, column: 3]
        "1ex" 2: Unexpected character ('x' (code 120)) in numeric value: Exponent indicator not followed by a digit [Source: (String); line: 1, column: 4]
        "1x" 1: Unexpected character ('x' (code 120)): was expecting the end of the text [Source: (String); line: 1, column: 3]
        "1e999" 5: Numeric value (1e999) out of range of double [Source: (String); line: 1, column: 6]
        "NaN" 0: Non-standard token 'NaN': enable JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS to allow [Source: (String); line: 1, column: 4]
        "+1" 0: Unexpected character ('+' (code 43)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false') [Source: (String); line: 1, column: 2]
        "nul" 0: Unrecognized token 'nul': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') [Source: (String); line: 1, column: 4]
        "True" 0: Unrecognized token 'True': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') [Source: (String); line: 1, column: 5]
        "€" 0: Unexpected character ('€' (code 8364 / 0x20ac)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false') [Source: (String); line: 1, column: 2]
        "é" 0: Unrecognized token 'é': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') [Source: (String); line: 1, column: 2]
        "{\n  \"a\": tru\n}" 9: Unrecognized token 'tru': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') [Source: (String); line: 2, column: 11]
    "#]].assert_eq(&all);
}

#[test]
fn values_are_read_as_they_are_written() {
    for text in [
        r#"{"b":1,"a":[1.5,null,true,false,"x\n\u0001\"\\"],"c":{}}"#,
        "-0.0",
        "9223372036854775807",
        "1.0",
        "[]",
        r#""é😀""#,
    ] {
        assert_eq!(parse(text).unwrap().to_json().to_string(), text);
    }
    assert_eq!(
        parse(r#""\u00e9\ud83d\ude00\/\b\f\r\t""#).unwrap().as_str(),
        Some("é😀/\u{8}\u{c}\r\t")
    );
    assert_eq!(
        parse(r#""\ud83dx\ude00\ud83d\u0041""#).unwrap().as_str(),
        Some("\u{fffd}x\u{fffd}\u{fffd}A")
    );
    for text in ["-0", "12345678901234567890", "1E+2", "-1.5e-3"] {
        assert_eq!(parse(text).unwrap().to_json(), Json::parse(text).unwrap(), "{text}");
    }
}

#[test]
fn every_value_and_key_knows_its_bytes() {
    let text = " { \"a\" : [ 1 , \"x\" ] , \"a\":null} ";
    let node = parse(text).unwrap();
    let shown: Vec<_> =
        node.members().iter().map(|m| (&text[m.key_bytes.clone()], m.repeated)).collect();
    assert_eq!(shown, [("\"a\"", false), ("\"a\"", true)]);
    assert_eq!(&text[node.bytes.clone()], text.trim());
    let items = node.get("a").unwrap().items();
    assert_eq!(items.iter().map(|i| &text[i.bytes.clone()]).collect::<Vec<_>>(), ["1", "\"x\""]);
    assert_eq!(node.to_json().to_string(), r#"{"a":null}"#, "the last of repeated members counts");
}

#[test]
fn nesting_is_bounded_and_deep_texts_do_no_harm() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(&nested(NESTING_MAX)).is_ok());
    let error = parse(&nested(NESTING_MAX + 1)).unwrap_err();
    assert_eq!(error.message, "Document nesting depth (1001) exceeds the maximum allowed (1000)");
    for opening in ["[", "{\"a\":", "[{\"a\":"] {
        assert!(parse(&opening.repeat(10_000)).is_err());
    }
}
