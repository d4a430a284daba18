//! Commands on secrets, and on versions of pipelines.

use clap::Subcommand;

use super::Server;

#[derive(Debug, Subcommand)]
pub(crate) enum Secrets {
    /// Keep a secret; its value comes from standard input.
    Set {
        /// Its name, as expressions read it: secrets.NAME.
        name: String,
        #[command(flatten)]
        server: Server,
    },
    /// List secrets, without their values.
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Forget a secret.
    Delete {
        /// Its name.
        name: String,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Versions {
    /// List the versions of a pipeline, the newest first.
    List {
        /// The pipeline's name or ARN.
        pipeline: String,
        #[command(flatten)]
        server: Server,
    },
    /// Print what changed from one version to another, in the form of diff -u.
    Diff {
        /// The pipeline's name or ARN.
        pipeline: String,
        /// The earlier version; otherwise the one before the later.
        #[arg(long)]
        from: Option<u64>,
        /// The later version; otherwise the newest.
        #[arg(long)]
        to: Option<u64>,
        #[command(flatten)]
        server: Server,
    },
    /// List the aliases of a pipeline.
    Aliases {
        /// The pipeline's name or ARN.
        pipeline: String,
        #[command(flatten)]
        server: Server,
    },
    /// Make or change an alias: a name for one version, or for two that share the starts.
    Alias {
        /// The pipeline's name or ARN.
        pipeline: String,
        /// The alias.
        alias: String,
        /// VERSION, or twice VERSION=PERCENT.
        #[arg(required = true)]
        routes: Vec<String>,
        /// For people.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        server: Server,
    },
    /// Delete an alias.
    DeleteAlias {
        /// The pipeline's name or ARN.
        pipeline: String,
        /// The alias.
        alias: String,
        #[command(flatten)]
        server: Server,
    },
}
