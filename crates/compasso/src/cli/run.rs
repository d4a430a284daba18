//! What is run without a server.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::ParamArgs;

/// What to run without a server.
#[derive(Args, Debug)]
pub(crate) struct Run {
    /// The definition file; one that ends in .yaml or .yml holds pipelines.
    pub(crate) file: PathBuf,
    /// The input: JSON, @file, or @- for standard input; {} if absent.
    #[arg(long, value_name = "JSON|@FILE", conflicts_with_all = ["params", "params_file"])]
    pub(crate) input: Option<String>,
    /// Run it without a server, as it always is.
    #[arg(long)]
    pub(crate) local: bool,
    /// Which pipeline; needed if the file has several.
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
    #[command(flatten)]
    pub(crate) params: ParamArgs,
    /// A secret of the pipeline, whose value is in the environment under this name.
    #[arg(long = "secret", value_name = "NAME")]
    pub(crate) secrets: Vec<String>,
    /// The execution's name; made up if absent.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Results of tasks, in the form of Step Functions Local's mock file.
    #[arg(long, value_name = "FILE")]
    pub(crate) mocks: Option<PathBuf>,
    /// The test case of the mock file; needed if it has several.
    #[arg(long, requires = "mocks", value_name = "NAME")]
    pub(crate) case: Option<String>,
    /// Where to answer workers and callbacks while it runs; otherwise a free port.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
}
