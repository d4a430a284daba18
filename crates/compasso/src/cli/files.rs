//! Commands about files.

use std::path::PathBuf;

use clap::Args;

/// A file to be written in another form.
#[derive(Args, Debug)]
pub(crate) struct Compile {
    /// A file of pipelines, or a definition in the Amazon States Language.
    pub(crate) file: PathBuf,
    /// Plain Amazon States Language with JSONata; what it cannot say is named.
    #[arg(long, required_unless_present = "graph", conflicts_with = "graph")]
    pub(crate) asl: bool,
    /// A graph: {nodes, edges, groups}.
    #[arg(long)]
    pub(crate) graph: bool,
}

/// Test cases to be run.
#[derive(Args, Debug)]
pub(crate) struct Test {
    /// Files of definitions and of pipelines, and directories whose files have test cases.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub(crate) paths: Vec<PathBuf>,
    /// The mock file with the test cases; otherwise NAME.mocks.json beside NAME.asl.json, or
    /// MockConfigFile.json there.
    #[arg(long, value_name = "FILE", env = "SFN_MOCK_CONFIG")]
    pub(crate) mocks: Option<PathBuf>,
    /// Only the test case of this name.
    #[arg(long, value_name = "NAME")]
    pub(crate) case: Option<String>,
    /// Asks for tasks to be run, which test cases never do.
    #[arg(long, hide = true)]
    pub(crate) run: bool,
}
