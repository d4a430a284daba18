//! What a run of a pipeline is given.

use clap::Args;

/// Params of a run.
#[derive(Args, Debug, Default)]
pub(crate) struct ParamArgs {
    /// A param of a pipeline; NAME:=JSON gives any type. Each param has a --params of its own.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) params: Vec<String>,
    /// A JSON file with an object of params of a pipeline; those given beside it count more.
    #[arg(long, value_name = "FILE")]
    pub(crate) params_file: Option<String>,
}

impl ParamArgs {
    /// Says whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.params.is_empty() && self.params_file.is_none()
    }
}
