//! What inputs of Compasso's own actions must be, beside their names.
//!
//! It is asked twice: of what is written out in a pipeline when that is pushed, and of all that an
//! action is given when it begins.

use std::time::Duration;

use compasso_types::{ItemAddress, Json, Object, duration};

use crate::Written;

/// The service of the actions.
const OWN: &str = "compasso";
/// Most redirects that a call may follow.
const REDIRECTS_MAX: i64 = 10;
/// Most rows that a task of SQL may ask for.
const ROWS_MAX: i64 = 1_000_000;
/// The methods of calls, in either case of letters.
const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"];
/// What PagerDuty takes.
const EVENTS: &[&str] = &["trigger", "acknowledge", "resolve"];
const LEVELS: &[&str] = &["debug", "info", "notice", "warning", "warn", "error", "critical"];
const SEVERITIES: &[&str] = &["critical", "error", "warning", "info"];

/// An input that an action cannot take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which one; none if it is about several.
    pub input: Option<&'static str>,
    /// What it must be, such as `must be a text`; a whole sentence if it is about several.
    pub message: String,
}

/// What an input must be.
#[derive(Clone, Copy, Debug)]
enum Form {
    Text,
    Map,
    /// An address of the web.
    Web,
    /// One that is a secret, as whoever knows it can send: who sends to it says that it is none,
    /// without showing it.
    SecretWeb,
    /// Where objects and files are.
    Items,
    Duration,
    Within(i64, i64),
    OneOf(&'static [&'static str]),
    /// One of some words in either case of letters.
    AnyCase(&'static [&'static str]),
    /// The same where it is written out; what runs takes any text.
    Word(&'static [&'static str]),
    /// An address of a mailbox.
    Mailbox,
    /// An address of a mailbox or a list of them.
    Mailboxes,
    /// How a call shows who it is from.
    Auth,
}

/// Inputs of an action that exclude each other.
#[derive(Clone, Copy, Debug)]
struct Choice {
    inputs: [&'static str; 2],
    /// Whether one of them must be there.
    is_required: bool,
    message: &'static str,
}

type Rules = (&'static str, &'static [(&'static str, Form)], Option<Choice>);

#[rustfmt::skip]
const RULES: &[Rules] = &[
    ("asset-emit", &[("uri", Form::Text), ("partition", Form::Text)], None),
    ("call", &[
        ("url", Form::Web), ("method", Form::AnyCase(METHODS)), ("headers", Form::Map),
        ("query", Form::Map), ("form", Form::Map), ("auth", Form::Auth), ("connection", Form::Text),
        ("timeout", Form::Duration), ("redirects", Form::Within(0, REDIRECTS_MAX)),
    ], Some(Choice {
        inputs: ["body", "form"],
        is_required: false,
        message: "a call has either a 'body' or a 'form'",
    })),
    ("email", &[
        ("to", Form::Mailboxes), ("cc", Form::Mailboxes), ("bcc", Form::Mailboxes),
        ("from", Form::Mailbox), ("reply_to", Form::Mailbox), ("subject", Form::Text),
        ("html", Form::Text),
    ], None),
    ("fail", &[("error", Form::Text)], None),
    ("log", &[("level", Form::Word(LEVELS))], None),
    ("notify", &[("text", Form::Text), ("to", Form::Text)], None),
    ("pagerduty", &[
        ("key", Form::Text), ("summary", Form::Text), ("severity", Form::OneOf(SEVERITIES)),
        ("event", Form::OneOf(EVENTS)), ("source", Form::Text), ("dedup_key", Form::Text),
        ("link", Form::Text), ("url", Form::SecretWeb),
    ], None),
    ("s3-copy", &[("from", Form::Items), ("to", Form::Items)], None),
    ("slack", &[("text", Form::Text), ("webhook", Form::SecretWeb)], None),
    ("sql", &[
        ("connection", Form::Text), ("query", Form::Text), ("script", Form::Text),
        ("bind", Form::Map), ("timeout", Form::Duration), ("max_rows", Form::Within(1, ROWS_MAX)),
    ], Some(Choice {
        inputs: ["query", "script"],
        is_required: true,
        message: "a task of sql has either a 'query' or a 'script'",
    })),
];

/// Returns what is wrong with the inputs of `service:action`, as far as they are known.
pub fn faults(service: &str, action: &str, inputs: &Object, written: Written) -> Vec<Fault> {
    let rules = RULES.iter().find(|(name, ..)| service == OWN && *name == action);
    let Some((_, forms, choice)) = rules else { return Vec::new() };
    let wrong = forms.iter().filter_map(|(name, form)| {
        let value = inputs.get(name).filter(|value| **value != Json::Null)?;
        let fits = form.takes(value, written);
        (!fits).then(|| Fault { input: Some(name), message: form.told() })
    });
    wrong.chain(choice.and_then(|choice| choice.fault(inputs))).collect()
}

/// Reads a duration as actions take it: `250ms`, `1h30m`, `PT5M`, or seconds as a number.
pub fn read_duration(value: &Json) -> Option<Duration> {
    let read = match value {
        Json::String(text) => {
            text.parse::<f64>().ok().map_or_else(|| duration::parse(text), duration::seconds)
        }
        Json::Number(number) => duration::seconds(number.as_f64()),
        _ => None,
    };
    read.filter(|read| !read.is_zero())
}

/// Returns why nobody can look for the files of a pattern, if so.
pub fn unwatchable(pattern: &str) -> Option<&'static str> {
    if !pattern.starts_with('/') {
        return Some("is no absolute path");
    }
    // One look could otherwise go through all that the machine has.
    pattern.contains("**").then_some("has '**'; name the directories one by one")
}

impl Form {
    fn takes(self, value: &Json, written: Written) -> bool {
        if !written.is_known(value) {
            return true;
        }
        let text = value.as_str();
        match self {
            Self::Text => text.is_some(),
            Self::Map => value.as_object().is_some(),
            Self::Web => text.is_some_and(is_web),
            Self::SecretWeb => written == Written::Values || text.is_some_and(is_web),
            Self::Items => text.is_some_and(|text| ItemAddress::parse(text, true).is_some()),
            Self::Duration => read_duration(value).is_some(),
            Self::Within(least, most) => {
                value.as_i64().is_some_and(|number| (least..=most).contains(&number))
            }
            Self::OneOf(words) => text.is_some_and(|text| words.contains(&text)),
            Self::Word(_) if written == Written::Values => text.is_some(),
            Self::AnyCase(words) | Self::Word(words) => {
                text.is_some_and(|text| words.iter().any(|word| word.eq_ignore_ascii_case(text)))
            }
            Self::Mailbox => is_mailbox(value, written),
            Self::Mailboxes => match value {
                Json::Array(items) => items.iter().all(|item| is_mailbox(item, written)),
                single => is_mailbox(single, written),
            },
            Self::Auth => is_auth(value, written),
        }
    }

    fn told(self) -> String {
        match self {
            Self::Text => "must be a text".to_owned(),
            Self::Map => "must be a map".to_owned(),
            Self::Web | Self::SecretWeb => {
                "must be an address such as https://example.com/path".to_owned()
            }
            Self::Items => format!("must be {}", ItemAddress::forms(false)),
            Self::Duration => "must be a duration such as 30s, 5m or 1h30m".to_owned(),
            Self::Within(least, most) => format!("must be an integer from {least} to {most}"),
            Self::OneOf(words) | Self::AnyCase(words) | Self::Word(words) => {
                format!("must be one of: {}", words.join(", "))
            }
            Self::Mailbox => "must be an address of a mailbox such as ana@example.com".to_owned(),
            Self::Mailboxes => {
                "must be an address of a mailbox such as ana@example.com, or a list of them"
                    .to_owned()
            }
            Self::Auth => "must be {basic: {username, password}} or {bearer: TOKEN}; another kind \
                           is a connection's"
                .to_owned(),
        }
    }
}

impl Choice {
    fn fault(&self, inputs: &Object) -> Option<Fault> {
        let is_there = |name: &&str| inputs.get(name).is_some_and(|value| *value != Json::Null);
        let there = self.inputs.iter().filter(|name| is_there(name)).count();
        let fits = there == 1 || there == 0 && !self.is_required;
        (!fits).then(|| Fault { input: None, message: self.message.to_owned() })
    }
}

impl Fault {
    /// Returns what is wrong as a sentence about a field of parameters.
    pub fn of_parameters(&self) -> String {
        match self.input {
            Some(input) => format!("The field '{input}' {}", self.message),
            None => self.message.clone(),
        }
    }
}

/// Blanks around it are left out, as all who read URLs do.
fn is_web(text: &str) -> bool {
    let Some((scheme, rest)) = text.trim().split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_scheme = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    is_scheme && !host.is_empty() && !host.starts_with(':') && !host.contains(char::is_whitespace)
}

fn is_mailbox(value: &Json, written: Written) -> bool {
    let is_address =
        |text: &str| text.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
    !written.is_known(value) || value.as_str().is_some_and(is_address)
}

fn is_auth(value: &Json, written: Written) -> bool {
    let Json::Object(members) = value else { return false };
    let is_text = |value: Option<&Json>| {
        value.is_some_and(|value| !written.is_known(value) || value.as_str().is_some())
    };
    let (basic, bearer) = (members.get("basic"), members.get("bearer"));
    members.len() == 1
        && match basic {
            Some(basic) if written.is_known(basic) => {
                is_text(basic.get("username")) && is_text(basic.get("password"))
            }
            Some(_) => true,
            None => is_text(bearer),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(action: &str, inputs: &str, expected: &[&str]) {
        let inputs = Json::parse(inputs).unwrap();
        let found = faults(OWN, action, inputs.as_object().unwrap(), Written::Jsonata);
        let found: Vec<String> = found.iter().map(Fault::of_parameters).collect();
        assert_eq!(found, expected, "{action} {inputs}");
    }

    #[test]
    fn a_level_of_log_is_one_of_the_usual_words_where_it_is_written_out() {
        let told =
            "The field 'level' must be one of: debug, info, notice, warning, warn, error, critical";
        check("log", r#"{"level":"loud"}"#, &[told]);
        check("log", r#"{"level":"Warning"}"#, &[]);
        let inputs = Json::parse(r#"{"level":"trace"}"#).unwrap();
        assert_eq!(faults(OWN, "log", inputs.as_object().unwrap(), Written::Values), []);
    }

    #[test]
    fn inputs_have_the_form_that_their_action_reads() {
        check("call", r#"{"url":"http://x","method":"put","timeout":5,"redirects":10}"#, &[]);
        let auth = "The field 'auth' must be {basic: {username, password}} or {bearer: TOKEN}; \
                    another kind is a connection's";
        check(
            "call",
            r#"{"url":"nonsense","method":"brew","headers":"a: b","timeout":"soon","redirects":11,
                "auth":{"digest":{}},"body":1,"form":{}}"#,
            &[
                "The field 'url' must be an address such as https://example.com/path",
                "The field 'method' must be one of: GET, POST, PUT, DELETE, PATCH, OPTIONS, HEAD",
                "The field 'headers' must be a map",
                auth,
                "The field 'timeout' must be a duration such as 30s, 5m or 1h30m",
                "The field 'redirects' must be an integer from 0 to 10",
                "a call has either a 'body' or a 'form'",
            ],
        );
        check("sql", r#"{"connection":"w","query":"select 1","script":null}"#, &[]);
        let either = "a task of sql has either a 'query' or a 'script'";
        check("sql", r#"{"connection":"w"}"#, &[either]);
        check("sql", r#"{"connection":"w","query":"q","script":"s"}"#, &[either]);
        check("email", r#"{"to":["a@b","C <c@d.org>"],"subject":"s"}"#, &[]);
        check(
            "email",
            r#"{"to":["a@b","c"],"subject":5}"#,
            &[
                "The field 'to' must be an address of a mailbox such as ana@example.com, or a list \
                 of them",
                "The field 'subject' must be a text",
            ],
        );
        check("s3-copy", r#"{"from":"s3://b/in/","to":"file:///srv/"}"#, &[]);
        check(
            "s3-copy",
            r#"{"from":"b/in","to":"file:///srv/"}"#,
            &["The field 'from' must be 's3://BUCKET/KEY' or 'file:///PATH'"],
        );
        check(
            "pagerduty",
            r#"{"key":"k","summary":"s","severity":"bad"}"#,
            &["The field 'severity' must be one of: critical, error, warning, info"],
        );
    }

    #[test]
    fn what_is_not_known_yet_is_taken() {
        check("call", r#"{"url":"{% u %}","auth":{"bearer":"{% t %}"},"timeout":"{% d %}"}"#, &[]);
        check("email", r#"{"to":["{% a %}"],"subject":"{% s %}"}"#, &[]);
        check("sql", r#"{"connection":"w","query":"{% q %}"}"#, &[]);
    }

    #[test]
    fn addresses_of_the_web_have_a_host() {
        for text in ["http://x", "HTTPS://a:8080/b c?d", "http://[::1]/", "http://u:p@h/"] {
            assert!(is_web(text), "{text}");
        }
        for text in ["", "x", "ftp://x", "http://", "http:///a", "http://a b/", "mailto:a@b"] {
            assert!(!is_web(text), "{text}");
        }
    }

    #[test]
    fn every_rule_is_of_an_input_that_is_there() {
        for (action, forms, choice) in RULES {
            let own = crate::own::own_parameters(OWN, action).unwrap();
            let chosen = choice.iter().flat_map(|choice| choice.inputs);
            for name in forms.iter().map(|(name, _)| *name).chain(chosen) {
                assert!(own.names().any(|known| known == name), "{action}: {name}");
            }
        }
    }
}
