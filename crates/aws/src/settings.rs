//! Where AWS services are and who calls them, as AWS SDKs find it out: environment variables and
//! the shared files.

use std::collections::BTreeMap;

use crate::credentials::source::{Source, profile_name};
use crate::endpoint::{Endpoints, is_same_server};
use crate::profile::SharedFiles;
use crate::{Credentials, Endpoint, Environment};

/// The region that is meant when none is named.
const DEFAULT_REGION: &str = "us-east-1";
/// The id of the service that this server itself is.
const OWN_SERVICE: &str = "SFN";

/// What is known about AWS; by default nothing.
#[derive(Clone, Debug, Default)]
pub struct AwsSettings {
    /// The region; absent: `us-east-1`.
    pub region: Option<String>,
    /// Who calls, if keys are set that do not end.
    pub credentials: Option<Credentials>,
    endpoints: Endpoints,
    pub(crate) environment: Environment,
    /// Where keys come from, if something is set up.
    pub(crate) source: Option<Source>,
    /// The keys this server takes, by their accounts; `None` if it takes any.
    own_keys: Option<BTreeMap<String, Credentials>>,
    /// The secret of any account's key, as this server takes it while it has no keys.
    own_secret: Option<String>,
    /// Whether the machine is asked for keys if nothing else has any.
    pub(crate) asks_machine: bool,
}

impl AwsSettings {
    /// Reads the environment and the shared files.
    pub fn from_environment(environment: &Environment) -> Self {
        let files = SharedFiles::load(environment);
        let profile = files.profile(profile_name(environment));
        let source = Source::find(environment, &files);
        let variable = |name: &str| environment.get(name).map(str::to_owned);
        let shared = |name: &str| profile.get(name).map(str::to_owned);
        Self {
            region: variable("AWS_REGION")
                .or_else(|| variable("AWS_DEFAULT_REGION"))
                .or_else(|| shared("region")),
            credentials: match &source {
                Some(Source::Keys(keys)) => Some(keys.clone()),
                _ => None,
            },
            endpoints: Endpoints::read(environment, &profile),
            asks_machine: !environment
                .get("AWS_EC2_METADATA_DISABLED")
                .is_some_and(|text| text.eq_ignore_ascii_case("true")),
            environment: environment.clone(),
            own_keys: None,
            own_secret: None,
            source,
        }
    }

    /// Sets who calls.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sets the keys that this server takes, by their accounts.
    #[must_use]
    pub fn with_own_keys(mut self, keys: BTreeMap<String, Credentials>) -> Self {
        self.own_keys = Some(keys);
        self
    }

    /// Sets the secret that this server takes with the id of any account while it has no keys.
    #[must_use]
    pub fn with_own_secret(mut self, secret: String) -> Self {
        self.own_secret = Some(secret);
        self
    }

    /// Returns the keys that a call of this server itself is signed with in an account; a server
    /// without keys tells accounts by the keys' ids.
    pub(crate) fn own_keys(&self, account: &str) -> Option<Credentials> {
        if let Some(keys) = &self.own_keys {
            return keys.get(account).cloned();
        }
        let any = Credentials { access_key_id: account.to_owned(), ..Credentials::stand_in() };
        Some(match self.own_secret.clone() {
            Some(secret_access_key) => Credentials { secret_access_key, ..any },
            None => any,
        })
    }

    /// Sets the endpoint of one service, by its id such as `Lambda` or `CloudWatch Logs`.
    #[must_use]
    pub fn with_endpoint(mut self, service: &str, url: impl Into<String>) -> Self {
        self.endpoints.set(service, url.into());
        self
    }

    /// Sets the endpoint of all services that have none of their own.
    #[must_use]
    pub fn with_endpoint_of_all(mut self, url: impl Into<String>) -> Self {
        self.endpoints.set_all(url.into());
        self
    }

    /// Returns whether a source of keys is set up.
    pub(crate) fn names_a_source(&self) -> bool {
        let container = ["RELATIVE", "FULL"];
        self.source.is_some()
            || container.iter().any(|kind| {
                self.environment.get(&format!("AWS_CONTAINER_CREDENTIALS_{kind}_URI")).is_some()
            })
    }

    /// Returns the region.
    pub fn region(&self) -> &str {
        self.region.as_deref().unwrap_or(DEFAULT_REGION)
    }

    /// Returns where a service is, by its id: a given endpoint other than this server itself,
    /// whose URL is `own`, or AWS. Step Functions is this server, unless an endpoint is given for it alone.
    pub fn endpoint(&self, service: &str, own: Option<&str>) -> Endpoint {
        if let (true, Some(own)) = (service.eq_ignore_ascii_case(OWN_SERVICE), own) {
            let url = self.endpoints.only_of_service(service).unwrap_or(own);
            return Endpoint::Given(url.trim_end_matches('/').to_owned());
        }
        self.endpoints
            .of_service(service)
            // Who points all AWS clients at this server does not mean its own calls.
            .find(|url| own.is_none_or(|own| !is_same_server(url, own)))
            .map_or(Endpoint::Aws, |url| Endpoint::Given(url.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> AwsSettings {
        AwsSettings::from_environment(&variables.iter().copied().collect())
    }

    fn given(url: &str) -> Endpoint {
        Endpoint::Given(url.to_owned())
    }

    #[test]
    fn the_environment_wins_over_the_profile() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("credentials");
        std::fs::write(
            &file,
            "[default]\naws_access_key_id = A\naws_secret_access_key=B\n\n[work]\n\
             aws_access_key_id = C\naws_secret_access_key = D=\naws_session_token = E\nregion = eu-west-1\n",
        )
        .unwrap();
        let file = ("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap());
        let work = settings(&[file, ("AWS_PROFILE", "work")]);
        let credentials = work.credentials.clone().unwrap();
        assert_eq!((&*credentials.access_key_id, &*credentials.secret_access_key), ("C", "D="));
        assert_eq!((credentials.session_token.as_deref(), work.region()), (Some("E"), "eu-west-1"));

        let keys = [file, ("AWS_ACCESS_KEY_ID", "X"), ("AWS_SECRET_ACCESS_KEY", "Y")];
        let credentials = settings(&keys).credentials.unwrap();
        assert_eq!((&*credentials.access_key_id, credentials.session_token), ("X", None));
    }

    #[test]
    fn nothing_known_means_aws() {
        assert_eq!(settings(&[]).endpoint("Lambda", None), Endpoint::Aws);
    }

    #[test]
    fn an_endpoint_that_is_the_server_itself_does_not_count() {
        let pointed = settings(&[("AWS_ENDPOINT_URL", "http://localhost:8080/")]);
        assert_eq!(pointed.endpoint("Lambda", Some("http://127.0.0.1:8080")), Endpoint::Aws);
        let other = pointed.endpoint("Lambda", Some("http://127.0.0.1:8081"));
        assert_eq!(other, given("http://localhost:8080"));
    }

    #[test]
    fn the_endpoint_of_one_service_wins_over_the_one_of_all() {
        let both = settings(&[
            ("AWS_ENDPOINT_URL", "http://all"),
            ("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://logs/"),
        ]);
        assert_eq!(both.endpoint("CloudWatch Logs", None), given("http://logs"));
        assert_eq!(both.endpoint("S3", None), given("http://all"));
        let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        let none = settings(&[("AWS_ENDPOINT_URL", "http://all"), ignored]);
        assert_eq!(none.endpoint("S3", None), Endpoint::Aws);
    }

    #[test]
    fn the_profile_tells_endpoints_too() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config");
        let text = "[default]\nendpoint_url = http://all\nservices = local\n\
                    [services local]\ndynamodb =\n  endpoint_url = http://table\n";
        std::fs::write(&file, text).unwrap();
        let file = ("AWS_CONFIG_FILE", file.to_str().unwrap());
        assert_eq!(settings(&[file]).endpoint("DynamoDB", None), given("http://table"));
        assert_eq!(settings(&[file]).endpoint("SQS", None), given("http://all"));
        let variable = settings(&[file, ("AWS_ENDPOINT_URL", "http://mine")]);
        assert_eq!(variable.endpoint("DynamoDB", None), given("http://mine"));
    }

    #[test]
    fn step_functions_is_this_server_unless_it_alone_is_elsewhere() {
        let own = Some("http://127.0.0.1:1");
        let all = settings(&[("AWS_ENDPOINT_URL", "http://all")]);
        assert_eq!(all.endpoint("SFN", own), given("http://127.0.0.1:1"));
        let elsewhere = settings(&[("AWS_ENDPOINT_URL_SFN", "http://sfn")]);
        assert_eq!(elsewhere.endpoint("SFN", own), given("http://sfn"));
    }
}
