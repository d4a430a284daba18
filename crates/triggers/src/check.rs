//! What is wrong with the triggers of a pipeline, before it is stored.

use compasso_pipeline::tree::TriggerKind;
use compasso_pipeline::{Code, Pipeline, Problem};

use crate::entry::{Entry, Unusable};
use crate::hook::Hook;

/// Returns what is wrong with the triggers of a pipeline.
pub fn check(pipeline: &Pipeline) -> Vec<Problem> {
    let triggers = pipeline.triggers.list.iter();
    let problems = triggers.filter_map(|trigger| {
        let why = match &trigger.kind {
            TriggerKind::Queue(_) => Unusable::NotSupported("a queue trigger"),
            _ => Entry::compile(&pipeline.name, trigger).err()?,
        };
        let code = match why {
            Unusable::Wrong(_) => Code::BadValue,
            Unusable::NotSupported(_) => Code::NotSupported,
        };
        Some(Problem { code, span: trigger.span, message: why.to_string(), hint: None })
    });
    problems.chain(shared_paths(pipeline)).collect()
}

/// Tells of triggers that want the same requests as others before them: none would get them.
fn shared_paths(pipeline: &Pipeline) -> impl Iterator<Item = Problem> {
    let hooks: Vec<_> = Hook::all_of(pipeline).collect();
    let shared = hooks.iter().enumerate().filter_map(|(count, (at, hook))| {
        let is_taken = |(_, other): &&(usize, Hook)| other.path == hook.path && other.meets(hook);
        hooks[..count].iter().find(is_taken)?;
        let (code, span) = (Code::BadValue, pipeline.triggers.list[*at].span);
        let message =
            format!("another trigger listens to the same requests to /hooks{}", hook.path);
        Some(Problem { code, span, message, hint: None })
    });
    shared.collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(on: &str) -> Vec<String> {
        let text = format!("pipeline: p\non:\n{on}\ntasks: {{t: {{noop: true}}}}\n");
        let parsed = compasso_pipeline::parse(&text);
        assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
        let found = compasso_pipeline::located(&text, check(&parsed.pipelines[0]));
        let shown = found.iter().map(|it| {
            format!(
                "{}:{} {}: {}",
                it.position.line,
                it.position.column,
                it.code.name(),
                it.message
            )
        });
        shown.collect()
    }

    #[test]
    fn what_cannot_work_is_told_with_its_place() {
        assert_eq!(problems("  webhook: {path: /p, auth: none}"), [""; 0]);
        assert_eq!(
            problems("  webhook: {path: /p, auth: {hmac: {secret: x}}}\n  file: {path: 'in/*'}"),
            [
                "3:12 E017: 'hmac' needs 'header'",
                "4:9 E017: the path of a file trigger begins with '/'"
            ]
        );
        assert_eq!(
            problems("  event: {pattern: {a: b}}\n  asset: {any: [x]}"),
            ["3:10 E017: pattern/a: write a list of values, or an object"]
        );
    }

    #[test]
    fn two_triggers_of_one_path_hear_of_different_methods() {
        let both = |methods: &str| {
            problems(&format!(
                "  webhook:\n    - {{path: /p, auth: none}}\n    - {{path: /p, auth: none, methods: [{methods}]}}"
            ))
        };
        assert_eq!(both("PUT"), [""; 0]);
        let why = "5:7 E017: another trigger listens to the same requests to /hooks/p";
        assert_eq!(both("PUT, post"), [why]);
    }

    #[test]
    fn what_is_not_there_yet_is_refused() {
        assert_eq!(
            problems("  queue: {sqs: {connection: c, queue: q}}\n  object: {url: 'gs://b/*'}"),
            [
                "3:10 E021: a queue trigger is not supported yet",
                "4:11 E021: an object of this store is not supported yet"
            ]
        );
    }
}
