//! A text of several documents, document by document.

/// Splits a text into the documents that hold something, each with its own marker and comments.
pub fn documents(text: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        // A line of a scalar never begins so: YAML takes it for a marker everywhere.
        if is_marker(line) && offset > 0 {
            starts.push(offset);
        }
        offset += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let parts = starts.iter().zip(ends).map(|(start, end)| &text[*start..end]);
    parts.filter(|part| holds_something(part)).collect()
}

fn is_marker(line: &str) -> bool {
    line.strip_prefix("---")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Says whether there is more than markers, comments and directives.
fn holds_something(part: &str) -> bool {
    part.lines().any(|line| {
        let line = line.strip_prefix("---").filter(|_| is_marker(line)).unwrap_or(line).trim();
        !line.is_empty() && !line.starts_with(['#', '%']) && line != "..."
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_is_read_alone_as_among_others() {
        let text = "# about both\n---\npipeline: a\ntasks: {x: {run: \"echo --- a\"}}\n---\n# b\n\
                    pipeline: b\ntasks:\n  x:\n    run: |\n      echo\n      ---\n...\n";
        let names = |text: &str| -> Vec<String> {
            let parsed = crate::parse(text);
            assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
            parsed.pipelines.iter().map(|pipeline| pipeline.name.to_string()).collect()
        };
        assert_eq!(names(text), ["a", "b"]);
        let alone: Vec<_> = documents(text).into_iter().flat_map(names).collect();
        assert_eq!(alone, ["a", "b"]);
        assert_eq!(documents("pipeline: a\n"), ["pipeline: a\n"]);
        assert_eq!(documents("# nothing\n---\n"), Vec::<&str>::new());
    }
}
