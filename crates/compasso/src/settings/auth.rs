//! Whom a server lets in: `[auth]`, its keys, and what is refused because nobody could come in.

use std::net::SocketAddr;

use anyhow::bail;
use compasso_api::{AccessKey, ApiSettings};
use compasso_connectors::Secret;
use compasso_service::{LetIn, Role};
use serde::Deserialize;
use tracing::warn;

use super::{File, reveal};

/// The account of keys that do not name one.
pub(crate) const DEFAULT_ACCOUNT: &str = "000000000000";

/// `[auth]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Auth {
    /// A token for the log endpoint, beside the keys.
    pub(super) token: Option<Secret>,
    /// A token for workers, beside the keys.
    pub(super) worker_token: Option<Secret>,
    /// `[[auth.keys]]`: access keys that requests must be signed with.
    keys: Vec<Key>,
}

/// One of `[[auth.keys]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    id: String,
    secret: Secret,
    account: Option<String>,
    /// Who holds it, for approvals: `by: [user:NAME]`.
    name: Option<String>,
    /// What its holder belongs to: `by: [group:NAME]`.
    #[serde(default)]
    groups: Vec<String>,
    /// What its holder may do; absent: everything.
    #[serde(default = "everything")]
    role: Role,
    /// Whether its holder may change what all accounts share: pools and breakers.
    #[serde(default)]
    operator: bool,
}

/// The role of keys that do not name one.
fn everything() -> Role {
    Role::Admin
}

impl File {
    /// Returns the access keys the file names.
    pub(crate) fn keys(&self) -> anyhow::Result<Vec<AccessKey>> {
        let mut keys = Vec::with_capacity(self.auth.keys.len());
        for key in &self.auth.keys {
            let account = key.account.as_deref().unwrap_or(DEFAULT_ACCOUNT);
            if !is_account(account) {
                bail!("account of key {} must have twelve digits", key.id);
            }
            let secret = reveal(&key.secret)?;
            keys.push(AccessKey {
                id: key.id.clone(),
                secret,
                account: account.to_owned(),
                name: key.name.clone(),
                groups: key.groups.clone(),
                role: key.role,
                operator: key.operator,
            });
        }
        Ok(keys)
    }

    /// Returns the account of the access key `id`, if the file names it.
    pub(crate) fn account_of(&self, id: &str) -> Option<&str> {
        let key = self.auth.keys.iter().find(|key| key.id == id)?;
        Some(key.account.as_deref().unwrap_or(DEFAULT_ACCOUNT))
    }
}

/// Returns whether a text can be an account.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == DEFAULT_ACCOUNT.len() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Refuses an address that other machines can reach while nobody is known who could be let in, and warns
/// if nobody can make tokens.
pub(crate) fn check_way_in(
    listen: SocketAddr,
    api: &ApiSettings,
    let_in: LetIn,
) -> anyhow::Result<()> {
    if api.credentials.is_some() {
        return Ok(());
    }
    let (why, way_out) = match let_in {
        LetIn::Admin => return Ok(()),
        LetIn::NoTokens if !api.closed => return Ok(()),
        LetIn::NoTokens => (
            "",
            ", or start the server on 127.0.0.1, make an admin's token with 'compasso tokens create NAME \
             --role admin', and start it again",
        ),
        LetIn::Nobody if api.closed => (", as all tokens have expired", ""),
        LetIn::Nobody | LetIn::NoAdmin => {
            warn!(
                "no token of an admin is good, so nobody can make or revoke tokens: configure access keys \
                 ([[auth.keys]] in compasso.toml) and make one"
            );
            return Ok(());
        }
    };
    bail!(
        "{listen} can be reached from other machines, and whoever reaches the server can run programs on \
         this one, so nobody is let in who is not known; and nobody is{why}: configure access \
         keys ([[auth.keys]] in compasso.toml){way_out}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_others_reach_begins_only_with_a_key_or_a_token() {
        let check = |listen: &str, file: &File, let_in| {
            let listen = listen.parse().unwrap();
            check_way_in(listen, &file.api(listen).unwrap(), let_in)
        };
        let keys: File = toml::from_str("[[auth.keys]]\nid = 'AKIA'\nsecret = 's'").unwrap();
        let none = File::default();
        for let_in in [LetIn::NoTokens, LetIn::Nobody, LetIn::NoAdmin, LetIn::Admin] {
            assert!(check("127.0.0.1:1", &none, let_in).is_ok());
            assert!(check("0.0.0.0:8400", &keys, let_in).is_ok());
        }
        assert!(check("0.0.0.0:8400", &none, LetIn::Admin).is_ok());
        assert!(check("0.0.0.0:8400", &none, LetIn::NoAdmin).is_ok());
        let refused = check("0.0.0.0:8400", &none, LetIn::Nobody).unwrap_err().to_string();
        assert!(refused.contains("all tokens have expired"), "{refused}");
        let refused = check("0.0.0.0:8400", &none, LetIn::NoTokens).unwrap_err().to_string();
        assert!(
            refused.contains("[[auth.keys]]") && refused.contains("tokens create"),
            "{refused}"
        );
    }

    #[test]
    fn a_key_has_the_account_it_names_or_the_default_one() {
        let keys = "[[auth.keys]]\nid='A'\nsecret='s'\naccount='123456789012'\n\
                    [[auth.keys]]\nid='B'\nsecret='s'";
        let file: File = toml::from_str(keys).unwrap();
        assert_eq!(file.account_of("A"), Some("123456789012"));
        assert_eq!(file.account_of("B"), Some(DEFAULT_ACCOUNT));
        assert_eq!(file.account_of("C"), None);
    }
}
