//! Values of JSONata states.

use std::sync::Arc;

use compasso_expr::query::{Over, Query};
use compasso_expr::{CompileErrorKind, Failure};
use compasso_types::Json;
use compasso_types::limits::EACH_INSTANCES_MAX;
use proptest::prelude::*;

use crate::world::{World, json};

#[test]
fn delimited_strings_are_computed_at_any_depth() {
    let rows = [
        (r#""{% $states.input.a %}""#, "1"),
        (r#""{%$states.input.a%}""#, "1"),
        (r#"{"x":"{% $states.input.a + 1 %}","y":"$states"}"#, r#"{"x":2,"y":"$states"}"#),
        (r#"[{"x":["{% $order.id %}"]},5]"#, r#"[{"x":[7]},5]"#),
        (r#"{"l":"{% $states.input.l %}"}"#, r#"{"l":[1,2]}"#),
        (r#"{"n":"{% $states.context.Name %}"}"#, r#"{"n":"run"}"#),
        (r#"{"o":"{% {'k': $states.input.nothing} %}"}"#, r#"{"o":{}}"#),
        (r#"{"{% 1 %}":2}"#, r#"{"{% 1 %}":2}"#),
    ];
    for (value, expected) in rows {
        assert_eq!(evaluate(value).unwrap().to_string(), expected, "{value}");
    }
}

#[test]
fn other_strings_are_literals() {
    for value in [
        r#""text""#,
        r#""{%""#,
        r#""{%}""#,
        r#"" {% 1 %}""#,
        r#""{% 1 %} ""#,
        r#""{% 1""#,
        r#"{"a.$":"$.a"}"#,
        r#"[1,null,true,{"a":{"b":[]}}]"#,
    ] {
        let value = json(value);
        let query = Query::compile(&value).unwrap();
        assert_eq!(query.literal(), Some(&value));
        assert_eq!(query.evaluate(&Json::Null, &World::default(), "Output"), Ok(Some(value)));
    }
}

#[test]
fn literal_parts_are_shared() {
    let value = json(r#"{"fixed":{"a":1},"x":"{% 1 %}"}"#);
    let query = Query::compile(&value).unwrap();
    let evaluated = query.evaluate(&Json::Null, &World::default(), "Output").unwrap().unwrap();
    let fixed = |value: &Json| value.get("fixed").unwrap().as_object().unwrap().clone();
    assert!(Arc::ptr_eq(&fixed(&evaluated), &fixed(&value)));
}

#[test]
fn a_failure_names_expression_and_place() {
    let rows = [
        (
            r#""{%  $states.input.missing %}""#,
            "Output",
            "The JSONata expression '$states.input.missing' specified for the field 'Output' \
             returned nothing (undefined).",
        ),
        (
            r#"{"result":"{% $nothing %}"}"#,
            "Output/result",
            "The JSONata expression '$nothing' specified for the field 'Output/result' returned \
             nothing (undefined).",
        ),
        (
            r#"{"list":[1,{"x":"{% $states.input.a() %}"}]}"#,
            "Output/list[1]/x",
            "The JSONata expression '$states.input.a()' specified for the field \
             'Output/list[1]/x' threw an error during evaluation. T1006: Attempted to invoke a \
             non-function",
        ),
        (
            r#"["{% function($x){$x} %}"]"#,
            "Output[0]",
            "The JSONata expression 'function($x){$x}' specified for the field 'Output[0]' \
             returned an unsupported result type.",
        ),
        (
            r#""{% ($f := function($n){$f($n) + 1}; $f(1)) %}""#,
            "Output",
            "The JSONata expression '($f := function($n){$f($n) + 1}; $f(1))' specified for the \
             field 'Output' threw an error during evaluation: Stack overflow error: Check for \
             non-terminating recursive function. Consider rewriting as tail-recursive.",
        ),
        (
            r#""{% ($f := function($n){$f($n)}; $f(1)) %}""#,
            "Output",
            "The JSONata expression '($f := function($n){$f($n)}; $f(1))' specified for the field \
             'Output' threw an error during evaluation: Expression evaluation timeout: Check for \
             infinite loop",
        ),
    ];
    for (value, location, cause) in rows {
        let expected = Failure::Query { location: location.into(), cause: cause.into() };
        assert_eq!(evaluate(value).unwrap_err(), expected);
    }
}

#[test]
fn expressions_nest_a_hundred_levels() {
    let sum = |terms: usize| format!("\"{{% {} %}}\"", vec!["1"; terms].join("+"));
    assert_eq!(evaluate(&sum(100)).unwrap(), Json::from(100));
    let Failure::Query { cause, .. } = evaluate(&sum(200)).unwrap_err() else { panic!() };
    assert!(cause.contains("threw an error during evaluation: Stack overflow error"), "{cause}");
}

#[test]
fn all_problems_are_reported_with_their_places() {
    let value = r#"{"a":"{% 1 + %}","b/c":["{%  $ %}","{% %}"],"d":"{% name %}","e":"{% 'ok' %}"}"#;
    let errors = Query::compile(&json(value)).unwrap_err();
    let found: Vec<_> = errors.iter().map(|error| &*error.pointer).collect();
    assert_eq!(found, ["/a", "/b~1c/0", "/b~1c/1", "/d"]);
    assert_eq!(errors[0].kind, CompileErrorKind::InvalidJsonata);
    assert_eq!(errors[0].message, "Unexpected end of expression");
    assert_eq!(errors[1].offset, Some(4));
    assert_eq!(errors[1].kind, CompileErrorKind::AbsentContext);
    assert_eq!(
        errors[1].message,
        "The JSONata expression reads '$' from a context that states do not have"
    );
    assert_eq!(errors[3].offset, Some(3));
}

#[test]
fn variables_and_members_of_states_are_known_without_running() {
    let value = r#"{"a":"{% $order.id + $z %}","b":["{% $states.result.x & $order %}"],
        "c":"{% $states.input.(a + $states.context.b) %}","d":"$other"}"#;
    let query = Query::compile(&json(value)).unwrap();
    assert_eq!(query.variables(), ["order", "z"]);
    assert_eq!(query.states_members(), ["context", "input", "result"]);
    assert_eq!(query.literal(), None);
    let query = Query::compile(&json(r#""{% $z %}""#)).unwrap();
    assert_eq!(query.expression(), Some("$z"));
}

#[test]
fn nothing_over_a_document_drops_members_and_items() {
    let document = json(r#"{"params":{"n":1}}"#);
    let rows = [
        (r#""{% params.n %}""#, Some("1")),
        (r#""{% params.absent %}""#, None),
        (r#"{"a":"{% params.absent %}","b":"{% params.n %}"}"#, Some(r#"{"b":1}"#)),
        (r#"[0,"{% params.absent %}",2]"#, Some("[0,2]")),
        (r#""{% 'n is ' & params.n & params.absent %}""#, Some(r#""n is 1""#)),
    ];
    for (value, expected) in rows {
        let query = Query::compile_over_document(&json(value)).unwrap();
        let evaluated = query.evaluate(&document, &World::default(), "Output").unwrap();
        assert_eq!(evaluated.map(|value| value.to_string()).as_deref(), expected, "{value}");
    }
}

#[test]
fn a_value_over_a_document_says_what_it_reads() {
    let value = json(r#"{"a":"{% params.n %}","b":["{% needs.x.output %}"],"c":"needs.y"}"#);
    let query = Query::compile_over_document(&value).unwrap();
    let Over::Document(reads) = query.over() else { panic!("it is over a document") };
    let names: Vec<_> = reads.members().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["needs", "params"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_text_panics(text in r"[$%{}.@'()\[\],a0-9 +ß-]{0,24}") {
        for text in [text.clone(), format!("{{%{text}%}}")] {
            if let Ok(query) = Query::compile(&Json::from(text)) {
                drop(query.evaluate(&states(), &World::default(), "Output"));
            }
        }
    }
}

fn evaluate(value: &str) -> Result<Json, Failure> {
    let query = Query::compile(&json(value)).unwrap_or_else(|errors| panic!("{errors:?}"));
    query.evaluate(&states(), &World::default(), "Output").map(|value| value.expect("a value"))
}

fn states() -> Json {
    json(r#"{"input":{"a":1,"l":[1,2]},"context":{"Name":"run"}}"#)
}

#[test]
fn a_document_may_hold_as_many_values_as_an_each_has_instances() {
    let of = |count: usize| {
        let items = (0..count).map(|n| Json::object([("x", Json::from(n as i64))]));
        Json::object([("all", Json::object([("output", Json::array(items.collect::<Vec<_>>()))]))])
    };
    let evaluated = |expression: &str, document: &Json| {
        let query = Query::compile_over_document(&json(&format!("\"{{% {expression} %}}\"")));
        query.unwrap().evaluate(document, &World::default(), "each").map(Option::unwrap)
    };
    let most = of(EACH_INSTANCES_MAX);
    assert_eq!(evaluated("$sum(all.output.x)", &most).unwrap(), json("499999500000"));
    assert_eq!(evaluated("$count(all.output.x)", &most).unwrap(), json("1000000"));
    let more = evaluated("$count(all.output.x)", &of(EACH_INSTANCES_MAX + 1)).unwrap_err();
    assert!(matches!(more, Failure::Limit { .. }), "{more:?}");
    let message = more.to_string();
    assert!(message.contains("a list of more than 1000000. Let it read less"), "{message}");
}
