//! What can be set about connectors, as it stands in the configuration file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use compasso_aws::AwsSettings;
use serde::Deserialize;

/// The settings of all connectors. The members with a section of their own are read from the
/// configuration file; the others are known to the program that reads it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConnectorsConfig {
    /// `[functions.NAME]`: what Lambda tasks run instead of a Lambda function of that name.
    pub functions: BTreeMap<String, Function>,
    /// `[connections.NAME]`: who HTTP tasks say they are.
    pub connections: BTreeMap<String, Connection>,
    /// `[process]`
    pub process: ProcessConfig,
    /// Where processes and functions start when they do not say, and what their relative
    /// directories are relative to; absent: the server's own working directory.
    #[serde(skip)]
    pub directory: Option<PathBuf>,
    /// The server's own URL, handed to processes and functions so that they can report back.
    #[serde(skip)]
    pub endpoint: Option<String>,
    /// Where Lambda functions are that have no local stand-in.
    #[serde(skip)]
    pub aws: AwsSettings,
}

/// A local function: a command that reads JSON and writes JSON, or a URL that JSON is posted to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Function {
    /// Program and arguments; the payload is on standard input, the result on standard output.
    pub command: Vec<String>,
    /// Where the command starts.
    pub directory: Option<PathBuf>,
    /// More environment for the command.
    pub env: BTreeMap<String, String>,
    /// Where the payload is posted to, if there is no command.
    pub url: Option<String>,
}

/// Credentials that HTTP tasks use by the name of a connection.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Connection {
    /// HTTP basic authentication.
    pub basic: Option<BasicAuthorization>,
    /// An OAuth client, which is given access tokens.
    pub oauth: Option<OAuth>,
    /// A key in a header.
    pub api_key: Option<ApiKey>,
    /// More headers, winning over those of the task.
    pub headers: BTreeMap<String, Secret>,
    /// More query parameters, winning over those of the task.
    pub query: BTreeMap<String, Secret>,
    /// More members of the body, winning over those of the task.
    pub body: BTreeMap<String, Secret>,
    /// The database that queries go to: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub sql: Option<Secret>,
}

/// A user name and a password.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasicAuthorization {
    /// The user.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// A header that holds a key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The header's name.
    pub name: String,
    /// The key.
    pub value: Secret,
}

/// A client that asks an authorization endpoint for access tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth {
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// Where tokens come from.
    pub endpoint: String,
    /// How they are asked for.
    #[serde(default)]
    pub method: OAuthMethod,
    /// More headers for the authorization endpoint.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// More query parameters for it.
    #[serde(default)]
    pub query: BTreeMap<String, Secret>,
    /// More members of the body, winning over `client_id`, `client_secret` and `grant_type`.
    #[serde(default)]
    pub body: BTreeMap<String, Secret>,
}

/// How an access token is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OAuthMethod {
    /// With everything in the query.
    Get,
    /// With everything in the body.
    #[default]
    Post,
    /// With everything in the body.
    Put,
}

/// A text that must not be shown: written in the file, or `{ env = "NAME" }`.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Secret {
    /// The text itself.
    Text(String),
    /// The name of the server's environment variable that holds it.
    Variable {
        /// The name.
        env: String,
    },
}

/// What processes may do.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProcessConfig {
    /// Whether tasks may run processes at all. Local functions run either way.
    pub enabled: bool,
    /// Names of the server's environment variables that processes and functions see besides the
    /// few that every program needs.
    pub pass_env: Vec<String>,
}

impl Secret {
    /// Returns the text; an error names the variable that is not set.
    ///
    /// # Errors
    /// The environment variable is absent or no UTF-8.
    pub fn reveal(&self) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Variable { env } => {
                std::env::var(env).map_err(|_| format!("the environment variable {env} is not set"))
            }
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Secret(…)"),
            Self::Variable { env } => write!(f, "Secret(env {env})"),
        }
    }
}

impl Default for ProcessConfig {
    fn default() -> Self {
        Self { enabled: true, pass_env: Vec::new() }
    }
}
