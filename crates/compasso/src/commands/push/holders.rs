//! Which files hold which workflows. Of two with the same one, the first keeps it: each push of the other
//! would replace what the first one says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::{read_definition, workflow_name};
use crate::diagnostics;

/// The files that hold workflows and pipelines, by what they hold.
#[derive(Debug, Default)]
pub(crate) struct Holders(BTreeMap<Held, PathBuf>);

/// A workflow or a pipeline: they have names apart from each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    what: &'static str,
    name: String,
}

impl Holders {
    /// Takes note of what a file holds now. What it held before and does not any more is free; one that
    /// cannot be read keeps it.
    ///
    /// # Errors
    /// Another file holds some of it: this one then holds nothing.
    pub(crate) fn hold(&mut self, file: &Path) -> anyhow::Result<()> {
        let Some(found) = held_by(file) else { return Ok(()) };
        self.free(file);
        for held in &found {
            if let Some(other) = self.0.get(held) {
                let (file, other, Held { what, name }) = (file.display(), other.display(), held);
                bail!(
                    "{file}: the {what} '{name}' is in {other} as well, which keeps it: give one of \
                     them another name"
                );
            }
        }
        self.0.extend(found.into_iter().map(|held| (held, file.to_owned())));
        Ok(())
    }

    /// Takes note that a file is gone.
    pub(crate) fn free(&mut self, file: &Path) {
        self.0.retain(|_, holder| holder != file);
    }
}

/// Returns what a file holds, as far as it can be read.
fn held_by(file: &Path) -> Option<Vec<Held>> {
    if !diagnostics::is_pipeline(file) {
        let name = workflow_name(file).ok()?;
        return Some(vec![Held { what: "workflow", name }]);
    }
    let parsed = compasso_pipeline::parse(&read_definition(file).ok()?);
    let names = parsed.pipelines.iter().map(|pipeline| pipeline.name.to_string());
    let found: Vec<_> = names.map(|name| Held { what: "pipeline", name }).collect();
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(directory: &Path, file: &str, pipeline: &str) -> PathBuf {
        let path = directory.join(file);
        let text = format!("pipeline: {pipeline}\ntasks: {{t: {{noop: true}}}}\n");
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn of_two_files_with_one_pipeline_the_first_keeps_it() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let (first, second) = (write(directory, "a.yaml", "p"), write(directory, "b.yaml", "p"));
        let mut holders = Holders::default();
        assert!(holders.hold(&first).is_ok());
        let told = holders.hold(&second).unwrap_err().to_string();
        let (first_shown, second_shown) = (first.display(), second.display());
        let expected = format!(
            "{second_shown}: the pipeline 'p' is in {first_shown} as well, which keeps it: give one \
             of them another name"
        );
        assert_eq!(told, expected);
        assert!(holders.hold(&first).is_ok(), "the first is pushed again as it changes");
        write(directory, "a.yaml", "q");
        assert!(holders.hold(&first).is_ok() && holders.hold(&second).is_ok(), "the name is free");
        write(directory, "a.yaml", "p");
        assert!(holders.hold(&first).is_err(), "now the other one has it");
        holders.free(&second);
        assert!(holders.hold(&first).is_ok());
    }

    #[test]
    fn what_cannot_be_read_keeps_its_names() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let (first, second) = (write(directory, "a.yaml", "p"), write(directory, "b.yaml", "p"));
        let mut holders = Holders::default();
        holders.hold(&first).unwrap();
        std::fs::write(&first, "pipeline: [").unwrap();
        assert!(holders.hold(&first).is_ok(), "its push says what is wrong with it");
        assert!(holders.hold(&second).is_err());
    }

    #[test]
    fn a_workflow_and_a_pipeline_may_have_one_name() {
        let directory = tempfile::tempdir().unwrap();
        let pipeline = write(directory.path(), "p.yaml", "p");
        let mut holders = Holders::default();
        holders.hold(&pipeline).unwrap();
        assert!(holders.hold(Path::new("p.asl.json")).is_ok());
        assert!(holders.hold(Path::new("below/p.express.asl.json")).is_err());
    }
}
