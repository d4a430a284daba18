//! Parameters and answers that are made of members of others: in JSON, the text `@A.0.B` stands for the
//! member `B` of the first item of `A`, and `@A.*.B` for the list of `B` of all items.

use compasso_types::Json;

/// Where members are looked for, in this order.
pub(crate) struct Sources<'a>(pub(crate) [&'a Json; 2]);

/// Fills a template. A member that is nowhere is left out.
pub(crate) fn fill(template: &str, sources: &Sources<'_>) -> Json {
    let template = Json::parse(template).expect("templates are constants, and tested");
    filled(&template, sources).unwrap_or_else(Json::empty_object)
}

/// Returns what is at a path such as `Job.Status`; the empty path is the value itself.
pub(crate) fn find(value: &Json, path: &str) -> Option<Json> {
    let Some((name, rest)) = path.split_once('.') else {
        return if path.is_empty() { Some(value.clone()) } else { step(value, path, "") };
    };
    step(value, name, rest)
}

fn step(value: &Json, name: &str, rest: &str) -> Option<Json> {
    match value {
        Json::Array(items) if name == "*" => {
            Some(Json::array(items.iter().filter_map(|item| find(item, rest))))
        }
        Json::Array(items) => find(items.get(name.parse::<usize>().ok()?)?, rest),
        _ => find(value.get(name)?, rest),
    }
}

fn filled(template: &Json, sources: &Sources<'_>) -> Option<Json> {
    match template {
        Json::String(text) => match text.strip_prefix('@') {
            Some(path) => sources.0.iter().find_map(|source| find(source, path)),
            None => Some(template.clone()),
        },
        Json::Array(items) => {
            Some(Json::array(items.iter().filter_map(|item| filled(item, sources))))
        }
        Json::Object(members) => Some(Json::object(
            members
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), filled(value, sources)?))),
        )),
        Json::Null | Json::Bool(_) | Json::Number(_) => Some(template.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_looked_for_in_the_answer_and_then_in_the_parameters() {
        let answer = Json::parse(r#"{"Tasks":[{"Arn":"a"},{"Arn":"b"}],"Name":"answer"}"#).unwrap();
        let parameters = Json::parse(r#"{"Name":"parameters","Cluster":"c"}"#).unwrap();
        let sources = Sources([&answer, &parameters]);
        for (template, expected) in [
            (
                r#"{"n":"@Name","c":"@Cluster","r":"plain"}"#,
                r#"{"n":"answer","c":"c","r":"plain"}"#,
            ),
            (r#"{"ids":["@Tasks.0.Arn"]}"#, r#"{"ids":["a"]}"#),
            (r#"{"ids":"@Tasks.*.Arn"}"#, r#"{"ids":["a","b"]}"#),
            (r#"{"none":"@Nothing.0.At.All","tasks":["@No"]}"#, r#"{"tasks":[]}"#),
        ] {
            assert_eq!(fill(template, &sources).to_string(), expected);
        }
    }
}
