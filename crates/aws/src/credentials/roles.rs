//! Other roles: keys that STS gives.

use compasso_integrations::Call;
use compasso_types::Json;

use std::path::PathBuf;

use super::chain::Temporary;
use super::source::ProfileRole;
use crate::{AwsClient, Caller, Failure};

const SESSION_CHARS_MAX: usize = 64;
const DEFAULT_SESSION: &str = "compasso";

/// A role in a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AssumedRole {
    pub(crate) arn: String,
    pub(crate) region: String,
}

/// A token that stands for a role's caller.
#[derive(Clone)]
pub(crate) struct WebIdentity {
    pub(crate) role: String,
    /// The file that holds the token, which is replaced now and then.
    pub(crate) token_file: PathBuf,
    pub(crate) session: Option<String>,
}

/// A role that cannot be assumed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAssumed {
    /// The service refused it.
    #[error("the service refuses it")]
    Refused,
    /// There was no answer.
    #[error("{0}")]
    Unknown(String),
}

/// Assumes a role.
pub(super) async fn assume(
    client: &AwsClient,
    role: &AssumedRole,
    session: &str,
) -> Result<Temporary, NotAssumed> {
    let parameters = Json::object([
        ("RoleArn", Json::from(&*role.arn)),
        ("RoleSessionName", Json::from(session_name(session))),
    ]);
    ask(client, "assumeRole", &parameters, &role.region).await
}

/// Assumes the role of a profile; the client has the keys of the one who may.
pub(super) async fn assume_of_profile(
    client: &AwsClient,
    role: &ProfileRole,
) -> Result<Temporary, NotAssumed> {
    let session = role.session.as_deref().unwrap_or(DEFAULT_SESSION);
    let external_id = role.external_id.as_deref();
    let members = [
        ("RoleArn", Some(&*role.arn)),
        ("RoleSessionName", Some(session)),
        ("ExternalId", external_id),
    ];
    let given = members.into_iter().filter_map(|(name, text)| Some((name, Json::from(text?))));
    let region = role.region.as_deref().unwrap_or(client.settings.region());
    ask(client, "assumeRole", &Json::object(given), region).await
}

/// Assumes the role of a web identity.
pub(super) async fn assume_by_web_identity(
    client: &AwsClient,
    identity: &WebIdentity,
) -> Result<Temporary, NotAssumed> {
    let token = std::fs::read_to_string(&identity.token_file).map_err(|error| {
        let file = identity.token_file.display();
        NotAssumed::Unknown(format!("{file} cannot be read: {error}"))
    })?;
    let session = identity.session.as_deref().unwrap_or(DEFAULT_SESSION);
    let parameters = Json::object([
        ("RoleArn", Json::from(&*identity.role)),
        ("RoleSessionName", Json::from(session)),
        ("WebIdentityToken", Json::from(token.trim())),
    ]);
    let region = client.settings.region().to_owned();
    ask(client, "assumeRoleWithWebIdentity", &parameters, &region).await
}

async fn ask(
    client: &AwsClient,
    action: &str,
    parameters: &Json,
    region: &str,
) -> Result<Temporary, NotAssumed> {
    let call = Call::of("aws-sdk:sts", action).expect("the service has the operation");
    let caller = Caller { region, account: "", token: "", role: None };
    // Boxed, since this call asks for keys in turn.
    let called = Box::pin(client.call(&call, parameters, caller)).await;
    let called = called.map_err(|failure| match failure {
        Failure::Error { error, cause } if error.ends_with("SdkClientException") => {
            NotAssumed::Unknown(cause)
        }
        Failure::Error { .. } | Failure::TooLarge => NotAssumed::Refused,
    })?;
    let expires = |instant: &Json| instant.as_str()?.parse().ok();
    let given = called.output.get("Credentials");
    given.and_then(|given| Temporary::read(given, expires)).ok_or(NotAssumed::Refused)
}

/// Makes a name that sessions may have.
fn session_name(text: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "+=,.@-_".contains(*c);
    let name: String = text.chars().filter(allowed).take(SESSION_CHARS_MAX).collect();
    if name.len() < 2 { DEFAULT_SESSION.to_owned() } else { name }
}
