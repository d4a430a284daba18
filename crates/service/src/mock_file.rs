//! The mock file: test cases with which executions are started.
//!
//! As with Step Functions Local, `⟨state machine ARN⟩#⟨test case⟩` starts an execution whose tasks
//! are mocked. The file is read anew at every such start; what the case says then is part of the
//! execution, whatever becomes of the file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use compasso_engine::{MockFile, Mocks};

use crate::{Error, Service};

/// Largest mock file, bytes.
const FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// What stands between a state machine's ARN and the name of a test case.
const SEPARATOR: char = '#';

impl Service {
    /// Lets executions be started with the test cases of the mock file at `path`. Only the first
    /// call counts.
    pub fn take_test_cases_from(&self, path: PathBuf) {
        // Whoever sets it a second time is told by the documentation.
        let _ = self.inner.mock_file.set(path);
    }

    /// Splits a state machine's ARN from the test case behind it, if there is a mock file.
    pub(crate) fn split_test_case<'a>(&self, arn: &'a str) -> (&'a str, Option<&'a str>) {
        match arn.split_once(SEPARATOR) {
            Some((arn, case)) if self.inner.mock_file.get().is_some() => (arn, Some(case)),
            _ => (arn, None),
        }
    }

    /// Returns the test case `case` of the state machine called `machine`.
    pub(crate) async fn test_case(&self, machine: &str, case: &str) -> Result<Arc<Mocks>, Error> {
        let path = self.inner.mock_file.get().cloned().unwrap_or_default();
        let (machine, case) = (machine.to_owned(), case.to_owned());
        let read = tokio::task::spawn_blocking(move || {
            let refused = |why: String| {
                Error::validation(format!("The mock file {} cannot be used: {why}", path.display()))
            };
            let text = read(&path).map_err(refused)?;
            let file = MockFile::parse(&text).map_err(|error| refused(error.to_string()))?;
            file.case(&machine, &case).map_err(|error| refused(error.to_string()))
        });
        let read = read.await.map_err(|error| Error::Unavailable(error.to_string()))?;
        read.map(Arc::new)
    }
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > FILE_BYTES_MAX {
        return Err(format!("it has more than {FILE_BYTES_MAX} bytes"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}
