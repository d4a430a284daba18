//! `compasso worker`.

use std::path::PathBuf;

use clap::Args;

/// A worker, and the server it works for.
#[derive(Args, Debug)]
pub(crate) struct Worker {
    /// The server's URL, or those of the nodes of a cluster with commas between them.
    #[arg(long, value_name = "URL,URL", env = "COMPASSO_ENDPOINT", alias = "endpoint")]
    pub(crate) server: Option<String>,
    /// Its name, unique on the server; otherwise that of the machine.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What tasks may ask for in `runs_on`, beside `host:MACHINE`.
    #[arg(long, value_name = "TAG,TAG", value_delimiter = ',', value_parser = tag)]
    pub(crate) tags: Vec<String>,
    /// How many tasks it runs at once; otherwise four a core.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) slots: Option<u16>,
    /// A token with the role `worker`, or the server's token for workers; otherwise `COMPASSO_TOKEN`,
    /// if the server asks for one.
    #[arg(long, env = "COMPASSO_WORKER_TOKEN", hide_env_values = true, alias = "key")]
    pub(crate) token: Option<String>,
    /// Names of variables of this process that scripts see, beside PATH, HOME and the like.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    pub(crate) pass_env: Vec<String>,
    /// Where the directories of tasks are made, below `workers/NAME`.
    #[arg(long, value_name = "DIRECTORY", default_value = "data")]
    pub(crate) data: PathBuf,
}

/// Reads a tag, which spaces around it are no part of.
fn tag(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("a tag is empty: write 'TAG,TAG', or leave --tags out for none".to_owned()),
        tag => Ok(tag.to_owned()),
    }
}
