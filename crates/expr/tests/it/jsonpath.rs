//! Paths beyond the oracle: roots, insertion, errors, hostile texts.

use compasso_expr::jsonpath::{Path, Root};
use compasso_types::Json;
use proptest::prelude::*;

use crate::world::{World, json};

#[test]
fn paths_start_from_data_context_or_a_variable() {
    let rows = [
        ("$", r#"{"a":1}"#),
        ("$.a", "1"),
        ("$$.Execution.Name", r#""run""#),
        ("$$['State']", r#"{"Name":"S"}"#),
        ("$order.id", "7"),
        ("$order.lines[-1].sku", r#""b""#),
        ("$order['lines'][*].sku", r#"["a","b"]"#),
        ("$größe", "42"),
    ];
    for (path, value) in rows {
        assert_eq!(read(r#"{"a":1}"#, path).unwrap(), value, "{path}");
    }
    assert_eq!(Path::parse("$order.id").unwrap().root(), &Root::Variable("order".into()));
    assert_eq!(Path::parse("$order.id").unwrap().variables(), ["order"]);
    assert_eq!(Path::parse("$$.a").unwrap().root(), &Root::Context);
    assert!(Path::parse("$$").unwrap().is_root());
}

#[test]
fn a_definite_path_without_a_match_says_where_it_ended() {
    let document = r#"{"a":{"b":1},"list":[1,2],"text":"x","nothing":null}"#;
    let rows = [
        ("$.a.c", "No results for path: $['a']['c']"),
        ("$.x", "No results for path: $['x']"),
        ("$.x.y", "Missing property in path $['x']"),
        ("$.a.c.d.e", "Missing property in path $['a']['c']"),
        ("$.list[5]", "No results for path: $['list'][5]"),
        ("$.list[-3]", "No results for path: $['list'][-3]"),
        ("$.list[5].a", "No results for path: $['list'][5]['a']"),
        ("$.a[0]", "Filter: [0] can only be applied to arrays. Current context is: {b=1}"),
        ("$.nothing[0]", "The path $['nothing'] is null"),
        (
            "$.text.a",
            "Expected to find an object with property ['a'] in path $['text'] but found 'string'.",
        ),
        (
            "$.text['a','b']",
            "Expected to find an object with property ['a','b'] in path $['text'] but found \
             'string'.",
        ),
        ("$$.Task.Token", "Missing property in path $['Task']"),
        ("$nobody.x", "Variable 'nobody' is not defined"),
        ("$.text.sum()", "Aggregation function attempted to calculate value using empty array"),
    ];
    for (path, error) in rows {
        assert_eq!(read(document, path).unwrap_err(), error, "{path}");
    }
}

#[test]
fn filters_compare_as_jayway_does() {
    let document = r#"{"max":2,"set":["a","c"],"l":[
        {"n":1,"s":"a","t":["x","y"]},{"n":2,"s":"b","t":[]},{"n":3,"s":"c","z":null}]}"#;
    let rows = [
        ("@.n >= 2", "[2,3]"),
        ("@.n <= $.max", "[1,2]"),
        ("@.s > 'a'", "[2,3]"),
        ("@.n === '1'", "[]"),
        ("@.n !== 1", "[2,3]"),
        ("@.n == 1.0", "[1]"),
        ("@.z == null", "[1,2,3]"),
        ("@.z", "[3]"),
        ("!@.z", "[1,2]"),
        ("!(@.n == 1 || @.n == 2)", "[3]"),
        ("@.n==1||@.n==3&&@.s=='c'", "[1,3]"),
        ("(@.n == 1 || @.n == 2) && @.s == 'b'", "[2]"),
        ("@.s in $.set", "[1,3]"),
        ("@.s NIN $.set", "[2]"),
        ("'y' in @.t", "[1]"),
        ("@.t contains 'x'", "[1]"),
        ("@.t subsetof ['x','y','z']", "[1,2]"),
        ("@.t anyof ['y']", "[1]"),
        ("@.t noneof ['y']", "[2]"),
        ("@.t all ['x']", "[1]"),
        ("@.t size 2", "[1]"),
        ("@.t empty true", "[2]"),
        ("@.s =~ /[AB]/i", "[1,2]"),
        ("@.t =~ /x/", "[1]"),
        ("@.t.length() == 2", "[1]"),
        ("@.t[0]", "[1]"),
        ("@.t == [\"x\", 'y']", "[1]"),
        ("@['n'] == 3", "[3]"),
        ("@.t[?(@ == 'x')] empty false", "[1]"),
        ("$.max == 2", "[1,2,3]"),
    ];
    for (condition, numbers) in rows {
        let path = format!("$.l[?({condition})].n");
        assert_eq!(read(document, &path).unwrap(), numbers, "{path}");
    }
}

#[test]
fn functions_end_a_path() {
    let document = r#"{"l":[3,1,2],"o":{"a":1,"b":2},"s":["x","y"]}"#;
    let rows = [
        ("$.l.length()", "3"),
        ("$.l.size()", "3"),
        ("$.length($.l)", "3"),
        ("$.l.min()", "1.0"),
        ("$.l.max()", "3.0"),
        ("$.l.avg()", "2.0"),
        ("$.l.sum(4, $.o.b)", "12.0"),
        ("$.s.concat('z')", r#""xyz""#),
        ("$.l.append(9)", "[3,1,2,9]"),
        ("$.o.keys()", r#"["a","b"]"#),
        ("$.l.first()", "3"),
        ("$.l.last()", "2"),
        ("$.l.index(1)", "1"),
        ("$.*.length()", "[3,2,2]"),
    ];
    for (path, value) in rows {
        assert_eq!(read(document, path).unwrap(), value, "{path}");
    }
}

#[test]
fn only_names_and_indexes_make_a_reference_path() {
    for path in ["$", "$.a", "$.a[0]['b']", "$$.a", "$v.a[-1]"] {
        assert!(Path::parse(path).unwrap().is_reference(), "{path}");
    }
    for path in ["$.*", "$..a", "$.a[0,1]", "$.a[1:]", "$.a[?(@.b)]", "$['a','b']", "$.a.length()"]
    {
        assert!(!Path::parse(path).unwrap().is_reference(), "{path}");
    }
}

#[test]
fn a_value_is_inserted_where_a_reference_path_points() {
    let rows = [
        ("{}", "$", "9"),
        ("5", "$", "9"),
        (r#"{"a":1}"#, "$.a", r#"{"a":9}"#),
        (r#"{"a":1}"#, "$.b", r#"{"a":1,"b":9}"#),
        (r#"{"a":1,"b":2}"#, "$.a", r#"{"a":9,"b":2}"#),
        ("{}", "$.a.b.c", r#"{"a":{"b":{"c":9}}}"#),
        (r#"{"a":{"x":1}}"#, "$.a.b", r#"{"a":{"x":1,"b":9}}"#),
        (r#"{"a":null}"#, "$.a", r#"{"a":9}"#),
        (r#"{"a":[1,2]}"#, "$.a[0]", r#"{"a":[9,2]}"#),
        (r#"{"a":[1,{}]}"#, "$.a[-1].b", r#"{"a":[1,{"b":9}]}"#),
    ];
    for (document, path, value) in rows {
        assert_eq!(insert(document, path).unwrap(), value, "{document} {path}");
    }
}

#[test]
fn an_insertion_that_has_no_place_is_refused() {
    let rows = [
        (r#"{"a":1}"#, "$.a.b"),
        (r#"{"a":null}"#, "$.a.b"),
        (r#"{"a":"x"}"#, "$.a.b.c"),
        (r#"{"a":[1]}"#, "$.a[1]"),
        (r#"{"a":[1]}"#, "$.a.b"),
        (r#"{"a":{}}"#, "$.a[0]"),
        ("{}", "$.a[0]"),
        ("5", "$.a"),
        ("{}", "$$.a"),
        ("{}", "$v"),
        ("{}", "$..a"),
    ];
    for (document, path) in rows {
        let expected = format!("Unable to apply ReferencePath {path} to input {document}");
        assert_eq!(insert(document, path).unwrap_err(), expected);
    }
}

#[test]
fn a_bad_path_is_refused_with_its_place() {
    let rows = [
        ("", 0),
        ("a.b", 0),
        ("$.", 2),
        ("$..", 3),
        ("$...a", 3),
        ("$.a b", 3),
        ("$[", 1),
        ("$[x]", 1),
        ("$['a", 2),
        ("$['a'x]", 5),
        ("$['a',]", 6),
        ("$[:]", 1),
        ("$[1:2:x]", 1),
        ("$[99999999999]", 1),
        ("$.a.nope()", 4),
        ("$.a.length().b", 12),
        ("$[?(@.a ~ 1)]", 8),
        ("$[?(@.a =~ /(/)]", 14),
        ("$[?('a')]", 7),
        ("$[?(!@.a == 1)]", 13),
        ("$[?(@.a == /a/)]", 14),
        ("$.a[?(@.b == $$.c)]", 14),
    ];
    for (path, offset) in rows {
        let parsed = Path::parse(path);
        assert_eq!(parsed.expect_err(path).offset, offset, "{path}");
    }
}

#[test]
fn texts_and_documents_without_measure_end_in_an_error() {
    for text in [
        format!("$[?({}@.a{})]", "(".repeat(5_000), ")".repeat(5_000)),
        format!("$[?({}(@.a))]", "!".repeat(5_000)),
        format!("${}", ".a".repeat(8_000)),
        format!("$.a[?(@ == {})]", "[".repeat(8_000)),
        format!("$[?(@ =~ /{}/)]", "(a{100}){100}".repeat(50)),
        format!("$.{}", "x".repeat(20_000)),
        "$.sum(".repeat(2_000),
    ] {
        assert!(Path::parse(&text).is_err());
    }
    let deep = json(&format!("{}1{}", "[".repeat(120), "]".repeat(120)));
    let product = Path::parse(&format!("${}", "..*".repeat(12))).unwrap();
    let error = product.read(&deep, &World::default()).unwrap_err();
    assert!(error.0.contains("visits more than"), "{error}");

    let deeper = (0..20_000).fold(Json::Null, |inner, _| Json::array([inner]));
    assert!(Path::parse("$..a").unwrap().read(&deeper, &World::default()).is_err());
    dismantle(deeper);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_panics(text in r#"\$?[$.@\[\]()?*'"=~<>!&|/,:a-c0-2 ß\\-]{0,24}"#) {
        exercise(&text);
    }

    #[test]
    fn no_mutation_of_a_path_panics(at in 0usize..60, inserted in any::<char>(), removed in 0usize..4) {
        for path in [
            "$.store.book[?(@.price < 10 && @.author =~ /.*x/i)]['a','b'][1:-2]",
            "$..*[0,-1].items[?(!(@.a) || $.b in ['x',1.5,null])].length()",
        ] {
            let mut characters: Vec<char> = path.chars().collect();
            let at = at.min(characters.len());
            characters.drain(at..(at + removed).min(path.len()).min(characters.len()));
            characters.insert(at.min(characters.len()), inserted);
            exercise(&characters.into_iter().collect::<String>());
        }
    }
}

fn exercise(text: &str) {
    let document =
        json(r#"{"a":[1,{"b":"c","a":[null,2]}],"b":{"a":1,"c":"x"},"store":{"book":[]}}"#);
    if let Ok(path) = Path::parse(text) {
        let read = path.read(&document, &World::default());
        assert!(read.is_ok() || !read.unwrap_err().0.is_empty());
        drop(path.insert(&document, Json::Null));
    }
}

fn read(document: &str, path: &str) -> Result<String, String> {
    let path = Path::parse(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let read = path.read(&json(document), &World::default());
    read.map(|value| value.to_string()).map_err(|error| error.0)
}

fn insert(document: &str, path: &str) -> Result<String, String> {
    let inserted = Path::parse(path).unwrap().insert(&json(document), Json::from(9));
    inserted.map(|value| value.to_string()).map_err(|error| error.0)
}

/// Takes a deeply nested array apart without recursion.
fn dismantle(mut value: Json) {
    while let Json::Array(items) = value {
        value = items.last().cloned().unwrap_or_default();
    }
}
