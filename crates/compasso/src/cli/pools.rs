//! `compasso pools …`

use clap::Subcommand;

use super::Server;

#[derive(Debug, Subcommand)]
pub(crate) enum Pools {
    /// List the pools: how many slots they have, and how many of them tasks hold.
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Make a pool, or give it another size; tasks that hold slots keep them.
    Set {
        /// The pool's name.
        name: String,
        /// How many slots.
        size: u32,
        #[command(flatten)]
        server: Server,
    },
    /// Take a pool away, unless tasks hold slots of it; those that want some wait until it is made
    /// again.
    Delete {
        /// The pool's name.
        name: String,
        #[command(flatten)]
        server: Server,
    },
}
