//! `compasso connections …`

use clap::{Args, Subcommand};

use super::Server;

#[derive(Debug, Subcommand)]
pub(crate) enum Connections {
    /// List the connections.
    List {
        /// Only those whose name begins so.
        prefix: Option<String>,
        #[command(flatten)]
        server: Server,
    },
    /// Describe a connection, without its secrets.
    Describe {
        #[command(flatten)]
        named: Named,
    },
    /// Create a connection.
    Create {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        change: Change,
    },
    /// Change a connection; what is not given stays.
    Update {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        change: Change,
    },
    /// Forget the secrets of a connection, and keep its name.
    Deauthorize {
        #[command(flatten)]
        named: Named,
    },
    /// Delete a connection.
    Delete {
        #[command(flatten)]
        named: Named,
    },
}

/// A connection and the server that has it.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// The connection's name.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// What a connection is to be.
#[derive(Args, Debug)]
pub(crate) struct Change {
    /// Basic authentication: the user; the password is the secret.
    #[arg(long, value_name = "USER", group = "kind")]
    pub(crate) basic: Option<String>,
    /// A key in a header: the header; the key is the secret.
    #[arg(long, value_name = "HEADER", group = "kind")]
    pub(crate) api_key: Option<String>,
    /// An OAuth client: its id; its secret is the secret.
    #[arg(long, value_name = "CLIENT", group = "kind", requires = "token_url")]
    pub(crate) oauth: Option<String>,
    /// Where the OAuth client gets its tokens.
    #[arg(long, value_name = "URL", requires = "oauth")]
    pub(crate) token_url: Option<String>,
    /// How it asks for them: GET, POST or PUT.
    #[arg(long, value_name = "METHOD", requires = "oauth")]
    pub(crate) token_method: Option<String>,
    /// What it adds to the body when it asks for them; may be given again.
    #[arg(long, value_name = "NAME=VALUE", requires = "oauth")]
    pub(crate) token_body: Vec<String>,
    /// The environment variable that holds the secret.
    #[arg(long, value_name = "VARIABLE", requires = "kind")]
    pub(crate) secret_env: Option<String>,
    /// The file that holds the secret; - is standard input.
    #[arg(long, value_name = "FILE", requires = "kind", conflicts_with = "secret_env")]
    pub(crate) secret_file: Option<String>,
    /// A header that is added to each call; may be given again.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) header: Vec<String>,
    /// A query parameter that is added to each call; may be given again.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) query: Vec<String>,
    /// A member that is added to the body of each call; may be given again.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) body: Vec<String>,
    /// A description.
    #[arg(long)]
    pub(crate) description: Option<String>,
}
