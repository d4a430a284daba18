//! Bounds of a connection's parameters, as the EventBridge model has them.

use super::{AuthParameters, HttpParameter, HttpParameters, OAuthParameters};
use crate::constraints::Constraints;

const TEXT_CHARS_MAX: usize = 512;
const ENDPOINT_CHARS_MAX: usize = 2048;
const LIST_ITEMS_MAX: i64 = 100;
const METHODS: [&str; 3] = ["GET", "POST", "PUT"];

const AUTH_PATTERN: &str = r"^[ \t]*[^\x00-\x1F:\x7F]+([ \t]+[^\x00-\x1F:\x7F]+)*[ \t]*$";
const HEADER_KEY_PATTERN: &str = "^[!#$%&'*+-.^_`|~0-9a-zA-Z]+$";
const HEADER_VALUE_PATTERN: &str = r"^[ \t]*[\x20-\x7E]+([ \t]+[\x20-\x7E]+)*[ \t]*$";
const QUERY_KEY_PATTERN: &str = r"[^\x00-\x1F\x7F]+";
const QUERY_VALUE_PATTERN: &str = r"[^\x00-\x09\x0B\x0C\x0E-\x1F\x7F]+";
const ENDPOINT_PATTERN: &str =
    r"^((%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@\x26=+$,A-Za-z0-9])+)([).!';/?:,])?$";

/// A kind of list of parameters.
struct List {
    member: &'static str,
    key: Form,
    value: Form,
}

/// What a text must look like.
struct Form {
    pattern: &'static str,
    fits: fn(char) -> bool,
}

const AUTH: Form =
    Form { pattern: AUTH_PATTERN, fits: |c| c == '\t' || (!c.is_ascii_control() && c != ':') };

const LISTS: [List; 3] = [
    List {
        member: "headerParameters",
        key: Form {
            pattern: HEADER_KEY_PATTERN,
            fits: |c| c.is_ascii_alphanumeric() || "!#$%&'*+,-.^_`|~".contains(c),
        },
        value: Form {
            pattern: HEADER_VALUE_PATTERN,
            fits: |c| c == '\t' || (' '..='~').contains(&c),
        },
    },
    List {
        member: "queryStringParameters",
        key: Form { pattern: QUERY_KEY_PATTERN, fits: |c| !c.is_ascii_control() },
        value: Form {
            pattern: QUERY_VALUE_PATTERN,
            fits: |c| c == '\n' || c == '\r' || !c.is_ascii_control(),
        },
    },
    List {
        member: "bodyParameters",
        key: Form { pattern: "", fits: |_| true },
        value: Form { pattern: "", fits: |_| true },
    },
];

/// Whether members that a new connection needs may be missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::connections) enum Demand {
    Whole,
    Parts,
}

impl AuthParameters {
    /// Adds the bounds of all members.
    pub(in crate::connections) fn bounds(
        &self,
        constraints: Constraints,
        demand: Demand,
    ) -> Constraints {
        let mut checked = Checked { constraints, demand };
        if let Some(basic) = &self.basic_auth_parameters {
            let path = "authParameters.basicAuthParameters";
            checked.text(&format!("{path}.username"), basic.username.as_deref(), &AUTH);
            checked.secret(&format!("{path}.password"), basic.password.as_deref(), &AUTH);
        }
        if let Some(key) = &self.api_key_auth_parameters {
            let path = "authParameters.apiKeyAuthParameters";
            checked.text(&format!("{path}.apiKeyName"), key.api_key_name.as_deref(), &AUTH);
            checked.secret(&format!("{path}.apiKeyValue"), key.api_key_value.as_deref(), &AUTH);
        }
        if let Some(oauth) = &self.oauth_parameters {
            checked.oauth("authParameters.oAuthParameters", oauth);
        }
        if let Some(http) = &self.invocation_http_parameters {
            checked.http("authParameters.invocationHttpParameters", http);
        }
        checked.constraints
    }
}

struct Checked {
    constraints: Constraints,
    demand: Demand,
}

impl Checked {
    fn add(&mut self, add: impl FnOnce(Constraints) -> Constraints) {
        self.constraints = add(std::mem::take(&mut self.constraints));
    }

    fn missing(&mut self, member: &str) {
        if self.demand == Demand::Whole {
            self.add(|constraints| constraints.missing(member));
        }
    }

    fn text(&mut self, member: &str, value: Option<&str>, form: &Form) {
        let Some(value) = value else { return self.missing(member) };
        self.add(|constraints| {
            constraints.chars(member, value, 1..=TEXT_CHARS_MAX).pattern(
                member,
                Some(value),
                value.chars().all(form.fits),
                form.pattern,
            )
        });
    }

    fn secret(&mut self, member: &str, value: Option<&str>, form: &Form) {
        let Some(value) = value else { return self.missing(member) };
        let length = value.chars().count();
        self.add(|constraints| {
            constraints.sensitive(member, length, 1..=TEXT_CHARS_MAX).pattern(
                member,
                None,
                value.chars().all(form.fits),
                form.pattern,
            )
        });
    }

    fn oauth(&mut self, path: &str, oauth: &OAuthParameters) {
        let client_path = format!("{path}.clientParameters");
        match &oauth.client_parameters {
            None => self.missing(&client_path),
            Some(client) => {
                self.text(&format!("{client_path}.clientID"), client.client_id.as_deref(), &AUTH);
                let secret = client.client_secret.as_deref();
                self.secret(&format!("{client_path}.clientSecret"), secret, &AUTH);
            }
        }
        let member = format!("{path}.authorizationEndpoint");
        match oauth.authorization_endpoint.as_deref() {
            None => self.missing(&member),
            Some(endpoint) => self.add(|constraints| {
                let fits =
                    |c: char| c.is_ascii_alphanumeric() || "%-()_.!~*';/?:@&=+$,".contains(c);
                constraints.chars(&member, endpoint, 1..=ENDPOINT_CHARS_MAX).pattern(
                    &member,
                    Some(endpoint),
                    endpoint.chars().all(fits),
                    ENDPOINT_PATTERN,
                )
            }),
        }
        let member = format!("{path}.httpMethod");
        match oauth.http_method.as_deref() {
            None => self.missing(&member),
            method => self.add(|constraints| constraints.one_of(&member, method, &METHODS)),
        }
        if let Some(http) = &oauth.oauth_http_parameters {
            self.http(&format!("{path}.oAuthHttpParameters"), http);
        }
    }

    fn http(&mut self, path: &str, http: &HttpParameters) {
        for (list, parameters) in LISTS.iter().zip(http.lists()) {
            let Some(parameters) = parameters else { continue };
            let member = format!("{path}.{}", list.member);
            let count = i64::try_from(parameters.len()).unwrap_or(i64::MAX);
            self.add(|constraints| constraints.number_if(&member, Some(count), 0..=LIST_ITEMS_MAX));
            for (parameter, number) in parameters.iter().zip(1..) {
                self.parameter(&format!("{member}.{number}.member"), parameter, list);
            }
        }
    }

    fn parameter(&mut self, path: &str, parameter: &HttpParameter, list: &List) {
        // The model bounds neither keys nor values of bodies.
        if list.key.pattern.is_empty() {
            return;
        }
        let HttpParameter { key, value, .. } = parameter;
        self.add(|constraints| {
            let (member, key) = (format!("{path}.key"), key.as_deref().unwrap_or_default());
            let fits = !key.is_empty() && key.chars().all(list.key.fits);
            constraints.chars(&member, key, 0..=TEXT_CHARS_MAX).pattern(
                &member,
                Some(key),
                fits,
                list.key.pattern,
            )
        });
        let value = value.as_deref().unwrap_or_default();
        let length = value.chars().count();
        let fits = value.chars().all(list.value.fits);
        self.add(|constraints| {
            let member = format!("{path}.value");
            constraints.sensitive(&member, length, 0..=TEXT_CHARS_MAX).pattern(
                &member,
                None,
                fits,
                list.value.pattern,
            )
        });
    }
}
