//! How pipelines name errors and classes of them: in `on` and `except` of retries, in breakers.

/// The error of what has nothing to do: it has not failed.
pub const SKIPPED: &str = "Skipped";

/// Says whether `pattern` means an error that pipelines call `name`: by its name, by the beginning of
/// it before a `*`, or as one of a class (`Exit`, `Http4xx`, `Http5xx`, those of the Amazon States
/// Language). What is skipped has not failed: whoever means it, names it.
pub fn is_error_like(name: &str, pattern: &str) -> bool {
    match (pattern, pattern.strip_suffix('*')) {
        ("States.TaskFailed", _) => !matches!(name, "Timeout" | "Heartbeat" | "OutputTooLarge"),
        ("States.Timeout", _) => matches!(name, "Timeout" | "Heartbeat"),
        ("States.HeartbeatTimeout", _) => name == "Heartbeat",
        ("States.DataLimitExceeded", _) => name == "OutputTooLarge",
        ("States.ALL", _) => true,
        ("*", _) => name != SKIPPED,
        ("Exit", _) => name == "Exit" || name.starts_with("Exit."),
        ("Http4xx", _) => is_status(name, '4'),
        ("Http5xx", _) => is_status(name, '5'),
        (_, Some(start)) => name.starts_with(start),
        (_, None) => name == pattern,
    }
}

/// Returns whether `name` is that of a status code of a class: `Http503`.
fn is_status(name: &str, class: char) -> bool {
    let code = name.strip_prefix("Http").unwrap_or_default();
    code.len() == 3 && code.starts_with(class) && code.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_meant_by_name_class_and_beginning() {
        for (name, pattern, is_meant) in [
            ("Http503", "Http5xx", true),
            ("Http404", "Http5xx", false),
            ("Http5000", "Http5xx", false),
            ("Exit.1", "Exit", true),
            ("Exits", "Exit", false),
            ("Connection", "Conn*", true),
            ("Heartbeat", "States.Timeout", true),
            ("Timeout", "States.TaskFailed", false),
            ("Exit.1", "States.TaskFailed", true),
            (SKIPPED, "*", false),
            (SKIPPED, SKIPPED, true),
        ] {
            assert_eq!(is_error_like(name, pattern), is_meant, "{name} {pattern}");
        }
    }
}
