//! Whom tokens let in, before a server begins to act.

use compasso_store::Store;
use compasso_types::Timestamp;

use super::tokens::{TOKENS_MAX, TokenRecord};
use super::{Bearer, Role};
use crate::Error;
use crate::shelf::Shelf;

/// Whom the tokens of a store let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetIn {
    /// There are no tokens.
    NoTokens,
    /// Nobody any more: all of them have expired.
    Nobody,
    /// Somebody, but no admin: nobody can make tokens.
    NoAdmin,
    /// An admin.
    Admin,
}

impl LetIn {
    /// Reads whom the tokens of a store let in at `now`.
    ///
    /// # Errors
    /// The store does not answer, or a token in it cannot be read.
    pub async fn read(store: &dyn Store, now: Timestamp) -> Result<Self, Error> {
        let found = Shelf::<TokenRecord>::list_in(store, "", None, TOKENS_MAX).await?;
        let bearers = found.into_iter().map(|(_, record)| Bearer::new((*record).clone()));
        Ok(Self::of(&bearers.collect::<Vec<_>>(), now))
    }

    fn of(bearers: &[Bearer], now: Timestamp) -> Self {
        let good = bearers.iter().filter(|bearer| bearer.is_good(now));
        let roles: Vec<Role> = good.map(Bearer::role).collect();
        match (bearers, &*roles) {
            ([], _) => Self::NoTokens,
            (_, []) => Self::Nobody,
            (_, roles) if roles.contains(&Role::Admin) => Self::Admin,
            (_, _) => Self::NoAdmin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(role: Role, expires: Option<i64>) -> Bearer {
        Bearer::new(TokenRecord {
            name: "it".into(),
            role,
            user: None,
            groups: Vec::new(),
            account: "000000000000".into(),
            digest: "0123456789abcdef".into(),
            created: Timestamp(0),
            by: "ana".into(),
            expires: expires.map(Timestamp),
            used: None,
        })
    }

    #[test]
    fn only_tokens_that_are_good_now_let_somebody_in() {
        let of = |bearers: &[Bearer]| LetIn::of(bearers, Timestamp(10));
        assert_eq!(of(&[]), LetIn::NoTokens);
        assert_eq!(of(&[bearer(Role::Admin, Some(10))]), LetIn::Nobody);
        let viewer = || bearer(Role::Viewer, None);
        assert_eq!(of(&[bearer(Role::Admin, Some(10)), viewer()]), LetIn::NoAdmin);
        assert_eq!(of(&[viewer(), bearer(Role::Admin, Some(11))]), LetIn::Admin);
        assert_eq!(of(&[bearer(Role::Admin, None)]), LetIn::Admin);
    }
}
