//! Access keys, and where they come from.

pub(crate) mod chain;
mod metadata;
mod process;
pub(crate) mod roles;
pub(crate) mod source;
mod sso;

use std::fmt;

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

impl Credentials {
    /// Reads a key from settings, which have the names of the shared files.
    pub(crate) fn read(setting: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            access_key_id: setting("aws_access_key_id")?,
            secret_access_key: setting("aws_secret_access_key")?,
            session_token: setting("aws_session_token"),
        })
    }

    /// Returns a key for stand-ins of AWS: they want a signature, but take any.
    pub fn stand_in() -> Self {
        Self {
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let key = Credentials { secret_access_key: "hidden".to_owned(), ..Credentials::stand_in() };
        assert!(!format!("{key:?}").contains("hidden"));
    }
}
