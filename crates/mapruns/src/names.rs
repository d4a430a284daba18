//! The names of children: they follow from the run and the child's place in it, so that a child is
//! found again after a restart.

use std::sync::Arc;

use compasso_ir::ExecutionType;
use compasso_types::uuid;

/// A child's name and ARN.
pub(crate) struct ChildName {
    pub(crate) name: Arc<str>,
    pub(crate) arn: Arc<str>,
}

/// Names the child at `index` of the run `map_run`.
pub(crate) fn child(map_run: &str, execution_type: ExecutionType, index: u64) -> ChildName {
    let name = id(map_run, "name", index);
    let (place, labelled) = split(map_run);
    let arn = match execution_type {
        ExecutionType::Standard => format!("{place}:execution:{labelled}:{name}"),
        ExecutionType::Express => {
            let run = id(map_run, "express", index);
            format!("{place}:express:{labelled}:{name}:{run}")
        }
    };
    ChildName { name: name.into(), arn: arn.into() }
}

/// Splits `{place}:mapRun:{machine}/{label}:{id}` into place and labelled machine.
fn split(map_run: &str) -> (&str, &str) {
    let without_id = map_run.rsplit_once(':').map_or(map_run, |(before, _)| before);
    without_id.split_once(":mapRun:").unwrap_or((without_id, ""))
}

fn id(map_run: &str, what: &str, index: u64) -> String {
    let hash = blake3::hash(format!("{map_run} {what} {index}").as_bytes());
    let (bytes, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
    uuid::v4(*bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "arn:aws:states:eu-west-1:123456789012:mapRun:M/L:0f";

    #[test]
    fn children_are_named_after_the_machine_and_its_label() {
        let standard = child(RUN, ExecutionType::Standard, 7);
        let name = &standard.name;
        let expected = format!("arn:aws:states:eu-west-1:123456789012:execution:M/L:{name}");
        assert_eq!(*standard.arn, *expected);
        let express = child(RUN, ExecutionType::Express, 7);
        let expected = format!("arn:aws:states:eu-west-1:123456789012:express:M/L:{name}:");
        assert!(express.arn.starts_with(&expected), "{}", express.arn);
    }

    #[test]
    fn names_differ_by_run_and_place_and_stay() {
        let name = |run: &str, index| child(run, ExecutionType::Standard, index).name;
        assert_eq!(name(RUN, 1), name(RUN, 1));
        assert_ne!(name(RUN, 1), name(RUN, 2));
        assert_ne!(name(RUN, 1), name(&format!("{RUN}0"), 1));
    }
}
