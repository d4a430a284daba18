//! Payload templates.

use std::sync::Arc;

use compasso_expr::Failure;
use compasso_expr::template::Template;
use compasso_types::Json;
use proptest::prelude::*;

use crate::world::{World, json};

#[test]
fn members_with_the_suffix_are_computed_and_renamed() {
    let rows = [
        (r#"{"x.$":"$.a","y":"$.a"}"#, r#"{"x":1,"y":"$.a"}"#),
        (r#"{"o":{"x.$":"$.l[*]"}}"#, r#"{"o":{"x":[1,2]}}"#),
        (
            r#"{"l":[{"x.$":"$"},5,[{"y.$":"$.a"}]]}"#,
            r#"{"l":[{"x":{"a":1,"l":[1,2]}},5,[{"y":1}]]}"#,
        ),
        (r#"{"n.$":"$$.Execution.Name"}"#, r#"{"n":"run"}"#),
        (r#"{"v.$":"$order.id"}"#, r#"{"v":7}"#),
        (r#"{"none.$":"$.x[*]"}"#, r#"{"none":[]}"#),
        (r#"{"b":1,"a.$":"$.a","c":2}"#, r#"{"b":1,"a":1,"c":2}"#),
        (r#""$.a""#, r#""$.a""#),
        (r#"["$.a"]"#, r#"["$.a"]"#),
    ];
    for (template, value) in rows {
        assert_eq!(evaluate(template).unwrap().to_string(), value, "{template}");
    }
}

#[test]
fn a_template_without_computed_members_is_shared() {
    let value = json(r#"{"a":{"b":[1,2]},"c.d":3}"#);
    let template = Template::compile(&value).unwrap();
    assert_eq!(template.literal(), Some(&value));
    let evaluated = template.evaluate(&Json::Null, &World::default()).unwrap();
    assert!(Arc::ptr_eq(evaluated.as_object().unwrap(), value.as_object().unwrap()));
}

#[test]
fn only_what_holds_a_computed_member_is_built_anew() {
    let value = json(r#"{"fixed":{"b":1},"x.$":"$.a"}"#);
    let template = Template::compile(&value).unwrap();
    let evaluated = template.evaluate(&data(), &World::default()).unwrap();
    let fixed = |value: &Json| value.get("fixed").unwrap().as_object().unwrap().clone();
    assert!(Arc::ptr_eq(&fixed(&evaluated), &fixed(&value)));
}

#[test]
fn a_path_that_leads_nowhere_fails_with_its_field() {
    let expected =
        "The JSONPath '$.b.c' specified for the field 'x.$' could not be found in the input";
    let failure = evaluate(r#"{"o":{"x.$":"$.b.c"}}"#).unwrap_err();
    assert_eq!(failure, Failure::NotInInput(expected.to_owned()));
}

#[test]
fn all_problems_of_a_template_are_reported_with_their_places() {
    let template =
        r#"{"a.$":5,"b":[{"c/d.$":"nonsense"}],"e.$":"$.x[","f.$":"$.","g.$":"$.a","g":1}"#;
    let errors = Template::compile(&json(template)).unwrap_err();
    let found: Vec<_> = errors.iter().map(|error| (&*error.pointer, error.offset)).collect();
    assert_eq!(
        found,
        [("/a.$", None), ("/b/0/c~1d.$", Some(0)), ("/f.$", Some(2)), ("/g.$", None)]
    );
    assert_eq!(
        errors[0].message,
        "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call"
    );
    assert_eq!(errors[3].message, "The fields 'g' and 'g.$' have the same name");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_template_panics(
        key in r"[a.$]{0,4}",
        text in r"(\$|States.Array\()[$.@'\\{}()\[\],a0-9 ß-]{0,16}\)?",
    ) {
        let inner = Json::object([(key, Json::from(text)), ("a".to_owned(), Json::Null)]);
        if let Ok(template) = Template::compile(&Json::array([inner.clone(), inner])) {
            drop(template.evaluate(&data(), &World::default()));
        }
    }
}

#[test]
fn variables_are_listed_once() {
    let template =
        json(r#"{"a.$":"$order.id","b":[{"c.$":"$größe"}],"d.$":"$order","e.$":"$.order"}"#);
    assert_eq!(Template::compile(&template).unwrap().variables(), ["größe", "order"]);
}

fn evaluate(template: &str) -> Result<Json, Failure> {
    Template::compile(&json(template)).unwrap().evaluate(&data(), &World::default())
}

fn data() -> Json {
    json(r#"{"a":1,"l":[1,2]}"#)
}
