//! `compasso search-attributes …`

use clap::Subcommand;

use super::Server;

#[derive(Debug, Subcommand)]
pub(crate) enum SearchAttributes {
    /// Set what the executions of a workflow that start from now on are searched by.
    Set {
        /// The workflow's name or ARN.
        workflow: String,
        /// A name and a path into the input; without any, nothing is indexed any more.
        #[arg(value_name = "NAME=PATH", value_parser = pair)]
        attributes: Vec<(String, String)>,
        #[command(flatten)]
        server: Server,
    },
    /// List what the executions of a workflow are searched by.
    List {
        /// The workflow's name or ARN.
        workflow: String,
        #[command(flatten)]
        server: Server,
    },
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').ok_or("expected NAME=PATH, as customer=$.customer.id")?;
    Ok((pair.0.to_owned(), pair.1.to_owned()))
}
