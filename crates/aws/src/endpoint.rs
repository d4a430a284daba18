//! Where a service is.

use std::collections::BTreeMap;

use reqwest::Url;

use crate::Environment;
use crate::profile::Profile;

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// At this URL, without a slash at its end.
    Given(String),
    /// At AWS's own address.
    Aws,
}

/// The endpoints that stand in for AWS's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Endpoints {
    all: Option<String>,
    /// By the service's key: see [`key`].
    services: BTreeMap<String, String>,
}

impl Endpoints {
    /// Reads them: a variable for one service wins over the one for all, and both over the files.
    pub(crate) fn read(environment: &Environment, profile: &Profile) -> Self {
        if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == Some("true") {
            return Self::default();
        }
        let all = environment.get("AWS_ENDPOINT_URL");
        let from_files = profile.service_endpoints().filter(|_| all.is_none());
        let services = from_files
            .chain(environment.with_prefix("AWS_ENDPOINT_URL_"))
            .map(|(service, url)| (key(service), url.to_owned()))
            .collect();
        Self { all: all.or_else(|| profile.get("endpoint_url")).map(str::to_owned), services }
    }

    /// Sets the endpoint of one service.
    pub(crate) fn set(&mut self, service: &str, url: String) {
        self.services.insert(key(service), url);
    }

    /// Sets the endpoint of all services that have none of their own.
    pub(crate) fn set_all(&mut self, url: String) {
        self.all = Some(url);
    }

    /// Returns the URLs given for a service by its id, its own first.
    pub(crate) fn of_service(&self, id: &str) -> impl Iterator<Item = &str> {
        self.services
            .get(&key(id))
            .into_iter()
            .chain(&self.all)
            .map(|url| url.trim_end_matches('/'))
    }

    /// Returns the URL given for a service by its id and for no other.
    pub(crate) fn only_of_service(&self, id: &str) -> Option<&str> {
        self.services.get(&key(id)).map(|url| url.trim_end_matches('/'))
    }
}

/// Returns the name a service has in variables: its id in capitals, blanks being underscores.
fn key(id: &str) -> String {
    id.to_ascii_uppercase().replace([' ', '-'], "_")
}

/// Returns whether two URLs mean one server, the names of this machine being equal.
pub(crate) fn is_same_server(one: &str, other: &str) -> bool {
    let server = |url: &str| {
        let url = Url::parse(url).ok()?;
        let host = match url.host_str()? {
            "127.0.0.1" | "[::1]" | "localhost" => "localhost".to_owned(),
            host => host.to_owned(),
        };
        Some((host, url.port_or_known_default()))
    };
    server(one).is_some_and(|one| Some(one) == server(other))
}
