//! Whom tokens let in, before a server begins to act.

use std::sync::Arc;

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

/// Who a server lets in that has no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokenless {
    /// Whoever is on its machine.
    Everybody,
    /// Who has an access key.
    Keys,
    /// Nobody: it has no keys, and other machines reach it.
    Nobody,
}

impl Tokenless {
    /// Says how to go on where `found` may not go: nobody could make tokens in its account any more.
    pub(super) fn way_out(self, found: &Bearer, others: &[&Arc<Bearer>]) -> Option<&'static str> {
        let same_account = |it: &&&Arc<Bearer>| it.account() == found.account();
        let is_last = found.is_lasting_admin()
            && !others.iter().filter(same_account).any(|it| it.is_lasting_admin());
        match self {
            Self::Keys => None,
            Self::Everybody if is_last && !others.is_empty() => {
                Some("revoke the others first, make another one")
            }
            Self::Everybody => None,
            Self::Nobody => (is_last || others.is_empty()).then_some("make another one"),
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
