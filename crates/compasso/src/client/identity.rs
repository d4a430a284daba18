//! Who the client says it is: key, region and account.

use compasso_api::AccessKey;
use compasso_aws::{AwsSettings, Credentials, Environment};
use compasso_service::TOKEN_PREFIX;

use crate::settings::{DEFAULT_ACCOUNT, File, is_account};

/// Names the token of a user.
pub(crate) const TOKEN: &str = "COMPASSO_TOKEN";

/// Returns the token that `text` is. Tasks have another kind in the same variable, which is good for
/// their own task alone.
pub(crate) fn token(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| text.starts_with(TOKEN_PREFIX)).map(str::to_owned)
}

/// The key that requests are signed with, and what it stands for.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) credentials: Credentials,
    /// The token that requests bear instead of a signature.
    pub(crate) token: Option<String>,
    pub(crate) region: String,
    /// The account; `None` if only the server knows it.
    pub(crate) account: Option<String>,
}

impl Identity {
    /// Returns who a user's commands act as: the key that the environment names, or else the first
    /// of the settings file, or else the one of the shared files of AWS clients. A server without
    /// keys takes any, so it does not matter if there is none.
    pub(crate) fn of_user(file: &File, environment: &Environment) -> Self {
        let is_named =
            ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"].iter().any(|name| environment.get(name).is_some());
        let aws = AwsSettings::from_environment(environment);
        let keys = || file.keys().unwrap_or_default();
        if !is_named && let Some(key) = keys().into_iter().next() {
            return Self::of_key(key, &aws);
        }
        let region = aws.region().to_owned();
        let Some(credentials) = aws.credentials else { return Self::of_nobody(region) };
        let id = &credentials.access_key_id;
        let known = || file.account_of(id).map(str::to_owned);
        let account = known().or_else(|| is_account(id).then(|| id.clone()));
        Self { credentials, token: None, region, account }
    }

    /// Returns who a server acts as when it calls itself: its own first key, or else its user.
    pub(crate) fn of_server(file: &File, environment: &Environment) -> anyhow::Result<Self> {
        match file.keys()?.into_iter().next() {
            Some(key) => Ok(Self::of_key(key, &AwsSettings::from_environment(environment))),
            None => Ok(Self::of_user(file, environment)),
        }
    }

    /// Returns the same of a server without keys: it signs calls of itself with this secret.
    pub(crate) fn calling_itself(self, own_secret: Option<&str>) -> Self {
        let Some(secret) = own_secret else { return self };
        let account = self.account.clone().unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned());
        let credentials = Credentials {
            access_key_id: account.clone(),
            secret_access_key: secret.to_owned(),
            session_token: None,
        };
        Self { credentials, account: Some(account), ..self }
    }

    /// Returns the same, who bears the token of the variable [`TOKEN`] instead, if there is one.
    pub(crate) fn bearing(self, variable: Option<&str>) -> Self {
        match variable.and_then(token) {
            Some(token) => Self { token: Some(token), account: None, ..self },
            None => self,
        }
    }

    fn of_key(key: AccessKey, aws: &AwsSettings) -> Self {
        let credentials = Credentials {
            access_key_id: key.id,
            secret_access_key: key.secret,
            session_token: None,
        };
        Self {
            credentials,
            token: None,
            region: aws.region().to_owned(),
            account: Some(key.account),
        }
    }

    fn of_nobody(region: String) -> Self {
        let credentials = Credentials {
            access_key_id: "local".to_owned(),
            secret_access_key: "local".to_owned(),
            session_token: None,
        };
        Self { credentials, token: None, region, account: Some(DEFAULT_ACCOUNT.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = "[[auth.keys]]\nid = 'FILE'\nsecret = 's'\naccount = '111111111111'\n";

    fn identity(file: &str, variables: &[(&str, &str)]) -> Identity {
        let file: File = toml::from_str(file).unwrap();
        Identity::of_user(&file, &variables.iter().copied().collect())
    }

    #[test]
    fn a_token_wins_over_every_key() {
        let found = identity(KEYS, &[("AWS_ACCESS_KEY_ID", "A")]).bearing(Some(" cps_1\n"));
        assert_eq!((found.token.as_deref(), found.account), (Some("cps_1"), None));
        for none in [None, Some(""), Some("of-a-task")] {
            let found = identity(KEYS, &[]).bearing(none);
            assert_eq!((found.token, found.account.as_deref()), (None, Some("111111111111")));
        }
    }

    #[test]
    fn a_key_of_twelve_digits_is_the_account() {
        let keys = [("AWS_ACCESS_KEY_ID", "123456789012"), ("AWS_SECRET_ACCESS_KEY", "s")];
        assert_eq!(identity("", &keys).account.as_deref(), Some("123456789012"));
    }

    #[test]
    fn the_account_of_any_other_key_is_known_to_the_server() {
        let keys = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "s")];
        let identity = identity("", &keys);
        assert_eq!((&*identity.credentials.access_key_id, identity.account), ("AKIA", None));
    }

    #[test]
    fn without_a_key_anybody_acts_for_the_default_account() {
        let nobody = identity("", &[("AWS_REGION", "eu-west-1")]);
        assert_eq!(nobody.account.as_deref(), Some(DEFAULT_ACCOUNT));
        assert_eq!(nobody.region, "eu-west-1");
    }

    #[test]
    fn the_environment_wins_over_the_settings_file() {
        let keys = [("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
        assert_eq!(identity(KEYS, &keys).credentials.access_key_id, "ENV");
        let of_file = identity(KEYS, &[]);
        assert_eq!(of_file.credentials.access_key_id, "FILE");
        assert_eq!(of_file.account.as_deref(), Some("111111111111"));
    }

    #[test]
    fn the_settings_file_tells_the_account_of_a_key_of_the_environment() {
        let keys = [("AWS_ACCESS_KEY_ID", "FILE"), ("AWS_SECRET_ACCESS_KEY", "s")];
        assert_eq!(identity(KEYS, &keys).account.as_deref(), Some("111111111111"));
    }

    #[test]
    fn a_server_calls_itself_with_its_own_first_key() {
        let file: File = toml::from_str(KEYS).unwrap();
        let own = Identity::of_server(&file, &Environment::from_iter([("AWS_ACCESS_KEY_ID", "X")]))
            .unwrap();
        assert_eq!(own.credentials.access_key_id, "FILE");
    }
}
