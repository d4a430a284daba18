//! Warns of values that look computed but stay as they are written.

use compasso_expr::intrinsic::Intrinsic;
use compasso_expr::jsonpath::Path;

use crate::Code;
use crate::cursor::Cursor;
use crate::report::{Problem, Report};

/// Warns of members of a payload template that have a path or a call but no `.$` at their name.
pub(crate) fn warn_of_template(report: &mut Report<'_>, at: &Cursor<'_>) {
    for member in at.members().filter(|member| !member.name().ends_with(".$")) {
        if looks_computed(&member) {
            let message =
                "No .$ on a field that appears to be a JSONPath or Intrinsic Function.".to_owned();
            let hint = format!("call it '{}.$'", member.name());
            let problem = Problem::warning(Code::NoDollar, message).hint(Some(hint));
            report.problem(&member, problem);
        }
        warn_of_template(report, &member);
    }
    for item in at.items() {
        warn_of_template(report, &item);
    }
}

/// Warns of paths and calls in the `Result` of a Pass state, which is never computed.
pub(crate) fn warn_of_result(report: &mut Report<'_>, at: &Cursor<'_>) {
    if looks_computed(at) {
        let message = "Attempt to use a path in the result of a pass state.".to_owned();
        let hint = "use 'Parameters'".to_owned();
        let problem = Problem::warning(Code::PassResultIsStatic, message).hint(Some(hint));
        report.problem(at, problem);
    }
    for inner in at.members() {
        warn_of_result(report, &inner);
    }
    for item in at.items() {
        warn_of_result(report, &item);
    }
}

/// Warns of a path in a field that has a twin for paths.
pub(crate) fn warn_of_text(report: &mut Report<'_>, at: &Cursor<'_>) {
    if looks_computed(at) {
        let message =
            "Field value looks like a path, but field name does not end with 'Path'.".to_owned();
        let hint = format!("use '{}Path'", at.name());
        let problem = Problem::warning(Code::NoPath, message).hint(Some(hint));
        report.problem(at, problem);
    }
}

fn looks_computed(at: &Cursor<'_>) -> bool {
    let Some(text) = at.node.as_str() else { return false };
    let begins_as_path = ["$.", "$[", "$$."].iter().any(|start| text.starts_with(start));
    begins_as_path && Path::parse(text).is_ok()
        || text.starts_with("States.") && Intrinsic::parse(text).is_ok()
}
