//! Single sign-on: the token that `aws sso login` keeps is exchanged for keys.

use std::path::PathBuf;

use compasso_integrations::Call;
use compasso_types::{Json, Timestamp, hex};
use sha1::{Digest, Sha1};

use super::chain::{Temporary, now};
use crate::profile::Profile;
use crate::{AwsClient, Caller, Environment, Failure};

/// A role of an account, for somebody who has signed on.
#[derive(Clone)]
pub(crate) struct SignOn {
    account: String,
    role: String,
    region: String,
    /// The file that holds the token.
    token_file: PathBuf,
}

impl SignOn {
    /// Reads what a profile says about it.
    pub(crate) fn of(environment: &Environment, profile: &Profile) -> Option<Self> {
        let text = |name: &str| profile.get(name).map(str::to_owned);
        let (account, role) = (text("sso_account_id")?, text("sso_role_name")?);
        // A profile without a session of its own goes by the address where one signs on.
        let key = text("sso_session").or_else(|| text("sso_start_url"))?;
        let name = hex(&Sha1::digest(key.as_bytes()));
        let cache = PathBuf::from(environment.get("HOME")?).join(".aws/sso/cache");
        let token_file = cache.join(format!("{name}.json"));
        Some(Self { account, role, region: text("sso_region")?, token_file })
    }

    /// Asks the portal for the role's keys.
    pub(super) async fn keys(&self, client: &AwsClient) -> Result<Temporary, String> {
        let parameters = Json::object([
            ("RoleName", Json::from(&*self.role)),
            ("AccountId", Json::from(&*self.account)),
            ("AccessToken", Json::from(self.token()?)),
        ]);
        let call = Call::of("aws-sdk:sso", "getRoleCredentials");
        let call = call.expect("the service has the operation");
        let caller = Caller { region: &self.region, account: "", token: "", role: None };
        // Boxed, since such a call could ask for keys in turn.
        let called = Box::pin(client.call(&call, &parameters, caller)).await;
        let called = called.map_err(|failure| match failure {
            Failure::Error { error, cause } => {
                format!("single sign-on gives no keys: {error}: {cause}")
            }
            Failure::TooLarge => "single sign-on gives no keys".to_owned(),
        })?;
        let expires = |instant: &Json| instant.as_i64().map(Timestamp);
        let given = called.output.get("RoleCredentials");
        let keys = given.and_then(|given| Temporary::read(given, expires));
        keys.ok_or_else(|| "single sign-on gives no keys".to_owned())
    }

    fn token(&self) -> Result<String, String> {
        let sign_on = "sign on by aws sso login";
        let text = std::fs::read_to_string(&self.token_file);
        let text = text.map_err(|_| format!("nobody has signed on; {sign_on}"))?;
        let kept = Json::parse(&text).unwrap_or_default();
        let member = |name: &str| kept.get(name).and_then(Json::as_str);
        let expires = member("expiresAt").and_then(|text| text.parse::<Timestamp>().ok());
        match (member("accessToken"), expires) {
            (Some(token), Some(expires)) if now() < expires => Ok(token.to_owned()),
            _ => Err(format!("the token of the last sign-on has ended; {sign_on}")),
        }
    }
}
