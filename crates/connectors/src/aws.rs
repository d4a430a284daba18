//! Where AWS services are and who calls them, as AWS SDKs find it out: environment variables and
//! the shared files.

mod sign;

use std::fmt;
use std::path::PathBuf;

use reqwest::Url;

pub use sign::{NotSigned, Signer, sign};

/// The region that is meant when none is named.
const DEFAULT_REGION: &str = "us-east-1";

/// What is known about AWS; by default nothing.
#[derive(Clone, Debug, Default)]
pub struct AwsSettings {
    /// The region; absent: `us-east-1`.
    pub region: Option<String>,
    /// Who calls.
    pub credentials: Option<Credentials>,
    /// `AWS_ENDPOINT_URL`: where all services are, instead of AWS.
    pub endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_LAMBDA`: where Lambda is, instead of AWS.
    pub lambda_endpoint: Option<String>,
}

/// An access key.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The key's id.
    pub access_key_id: String,
    /// The key's secret.
    pub secret_access_key: String,
    /// The session's token, for temporary keys.
    pub session_token: Option<String>,
}

impl AwsSettings {
    /// Reads the environment and the shared files. `variable` tells an environment variable.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let profile = variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
        let file = |name: &str, default: &str| {
            let home = || Some(PathBuf::from(variable("HOME")?).join(".aws").join(default));
            let path = variable(name).map(PathBuf::from).or_else(home)?;
            std::fs::read_to_string(path).ok()
        };
        let credentials_file = file("AWS_SHARED_CREDENTIALS_FILE", "credentials");
        let config_file = file("AWS_CONFIG_FILE", "config");
        let config_section =
            if profile == "default" { profile.clone() } else { format!("profile {profile}") };
        let shared = |name: &str| {
            let of = |text: &Option<String>, section: &str| setting(text.as_ref()?, section, name);
            of(&credentials_file, &profile).or_else(|| of(&config_file, &config_section))
        };
        Self {
            region: variable("AWS_REGION")
                .or_else(|| variable("AWS_DEFAULT_REGION"))
                .or_else(|| shared("region")),
            credentials: Credentials::read(|name| variable(&name.to_ascii_uppercase()))
                .or_else(|| Credentials::read(shared)),
            endpoint: variable("AWS_ENDPOINT_URL"),
            lambda_endpoint: variable("AWS_ENDPOINT_URL_LAMBDA"),
        }
    }

    /// Returns the region.
    pub fn region(&self) -> &str {
        self.region.as_deref().unwrap_or(DEFAULT_REGION)
    }

    /// Returns where Lambda is: a given endpoint other than this server itself, or AWS if there
    /// are credentials for it.
    pub(crate) fn lambda_endpoint(&self, own: Option<&str>) -> Option<LambdaEndpoint> {
        [&self.lambda_endpoint, &self.endpoint]
            .into_iter()
            .flatten()
            // Who points all AWS clients at this server does not mean its own calls.
            .find(|url| own.is_none_or(|own| !is_same_server(url, own)))
            .map(|url| LambdaEndpoint::Given(url.trim_end_matches('/').to_owned()))
            .or_else(|| self.credentials.is_some().then_some(LambdaEndpoint::Aws))
    }
}

/// Where Lambda is.
pub(crate) enum LambdaEndpoint {
    /// At this URL, without a slash at its end.
    Given(String),
    /// At the region's address.
    Aws,
}

/// Returns whether two URLs mean one server, the names of this machine being equal.
fn is_same_server(one: &str, other: &str) -> bool {
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

impl Credentials {
    fn read(setting: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            access_key_id: setting("aws_access_key_id")?,
            secret_access_key: setting("aws_secret_access_key")?,
            session_token: setting("aws_session_token"),
        })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Returns a setting from a section of a shared file.
fn setting(text: &str, section: &str, name: &str) -> Option<String> {
    let mut within = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            within = header.trim() == section;
        } else if within
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == name
        {
            found = Some(value.trim().to_owned());
        }
    }
    found.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> AwsSettings {
        AwsSettings::from_environment(|name| {
            let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
            Some((*value).to_owned())
        })
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
    fn nothing_known_means_no_endpoint() {
        assert!(settings(&[]).lambda_endpoint(None).is_none());
    }

    #[test]
    fn an_endpoint_that_is_the_server_itself_does_not_count() {
        let pointed = settings(&[("AWS_ENDPOINT_URL", "http://localhost:8080/")]);
        assert!(pointed.lambda_endpoint(Some("http://127.0.0.1:8080")).is_none());
        assert!(pointed.lambda_endpoint(Some("http://127.0.0.1:8081")).is_some());
    }

    #[test]
    fn secrets_are_not_shown() {
        let keys = [("AWS_ACCESS_KEY_ID", "X"), ("AWS_SECRET_ACCESS_KEY", "hidden")];
        assert!(!format!("{:?}", settings(&keys)).contains("hidden"));
    }
}
