//! `compasso tokens …` and `compasso audit`

use clap::{Args, Subcommand};

use super::Server;

#[derive(Debug, Subcommand)]
pub(crate) enum Tokens {
    /// Make a token; it is printed once and kept nowhere.
    Create(NewToken),
    /// List tokens: what they may do, until when, and when they were used last.
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Have a token let nobody in any more, from now on.
    Revoke {
        /// Its name.
        name: String,
        #[command(flatten)]
        server: Server,
    },
}

/// A token to be.
#[derive(Args, Debug)]
pub(crate) struct NewToken {
    /// Its name.
    pub(crate) name: String,
    /// What its bearer may do.
    #[arg(long, value_parser = ["viewer", "operator", "author", "admin", "worker"])]
    pub(crate) role: String,
    /// What its bearer is called, for approvals and the audit log; otherwise as the token is.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// What its bearer belongs to, for approvals.
    #[arg(long, value_name = "GROUP,GROUP", value_delimiter = ',')]
    pub(crate) groups: Vec<String>,
    /// How long it is good, such as 90d; otherwise until it is revoked.
    #[arg(long, value_name = "DURATION")]
    pub(crate) expires: Option<String>,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// Which records of the audit log.
#[derive(Args, Debug)]
pub(crate) struct Audit {
    /// Those by somebody whose name, token or key has this in it.
    #[arg(long, value_name = "NAME")]
    pub(crate) who: Option<String>,
    /// Those whose action begins so, such as secret or run.stop.
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// Those on something that has this in its name, such as pipeline:shop.
    #[arg(long, value_name = "THING")]
    pub(crate) on: Option<String>,
    /// Those that ended so.
    #[arg(long, value_parser = ["done", "failed", "refused"])]
    pub(crate) outcome: Option<String>,
    /// Those since an instant, or of the last hours or days, such as 24h.
    #[arg(long, value_name = "INSTANT|DURATION")]
    pub(crate) since: Option<String>,
    /// Most rows.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) server: Server,
}
