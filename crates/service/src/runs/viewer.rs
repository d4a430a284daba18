//! Who looks.

use std::sync::Arc;

use crate::Error;

/// Somebody who looks at runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewer {
    /// Whose runs are seen; `None` sees those of all accounts.
    pub account: Option<Arc<str>>,
}

impl Viewer {
    /// Says whether what `arn` names belongs to the viewer's account.
    pub fn sees(&self, arn: &str) -> bool {
        self.account.as_deref().is_none_or(|account| arn.split(':').nth(4) == Some(account))
    }

    /// Demands that the viewer may do `action` with what `arn` names.
    ///
    /// # Errors
    /// It belongs to another account.
    pub fn check(&self, action: &str, arn: &str) -> Result<(), Error> {
        match &self.account {
            Some(account) if !self.sees(arn) => Err(Error::AccessDenied {
                account: account.to_string(),
                action: action.to_owned(),
                arn: arn.to_owned(),
            }),
            _ => Ok(()),
        }
    }
}
