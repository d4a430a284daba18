//! The examples of the format.

use crate::check::{parsed, said};

/// The examples by their names.
pub(crate) const EXAMPLES: [(&str, &str); 6] = [
    ("1-daily-etl", include_str!("../../../../examples/pipelines/1-daily-etl.pipeline.yaml")),
    (
        "2-ml-train-deploy",
        include_str!("../../../../examples/pipelines/2-ml-train-deploy.pipeline.yaml"),
    ),
    ("3-order-saga", include_str!("../../../../examples/pipelines/3-order-saga.pipeline.yaml")),
    ("4-itops-backup", include_str!("../../../../examples/pipelines/4-itops-backup.pipeline.yaml")),
    ("5-cicd-matrix", include_str!("../../../../examples/pipelines/5-cicd-matrix.pipeline.yaml")),
    (
        "6-checkout-services",
        include_str!("../../../../examples/pipelines/6-checkout-services.pipeline.yaml"),
    ),
];

#[test]
fn nothing_is_said_about_the_examples() {
    for (name, text) in EXAMPLES {
        let parsed = parsed(text);
        assert_eq!(said(&parsed), "", "{name}");
        assert_eq!(parsed.pipelines.len(), 1, "{name}");
    }
}
