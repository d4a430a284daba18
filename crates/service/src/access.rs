//! Who may do what, and what was done: named tokens, roles, and the audit log.
//!
//! **Invariant:** a token is shown once, when it is made; what is stored of it is a digest.

mod act;
mod audit;
mod bearer;
mod held;
mod role;
mod tokens;
mod way_in;

use tokio::sync::OnceCell;

pub use self::act::{Act, ActEnd, Who, origin};
pub use self::audit::{AuditItem, AuditPage, ListAudit};
pub use self::bearer::Bearer;
pub use self::role::Role;
pub use self::tokens::{CreateToken, CreatedToken, TOKEN_PREFIX, TokenItem, TokenList};
pub use self::way_in::{LetIn, Tokenless};
use crate::{Error, Service};

/// What is in memory of tokens and of the audit log.
#[derive(Default)]
pub(crate) struct Access {
    opened: OnceCell<()>,
    tokens: held::Held,
    audit: audit::Log,
}

impl Service {
    /// Reads what access needs, the first time.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn open_access(&self) -> Result<(), Error> {
        let access = &self.inner.access;
        let open = async {
            self.load_tokens().await?;
            self.find_end_of_audit().await
        };
        access.opened.get_or_try_init(|| open).await.copied()
    }

    /// Writes how many requests were refused, in the text form of Prometheus.
    pub fn access_metrics(&self) -> String {
        self.inner.access.audit.metrics()
    }
}
