//! The command that runs a script.

use compasso_types::Json;

use crate::order::{Resources, Step};
use crate::workspace::Workspace;
use crate::{Failure, value};

/// What stands for the path of the script in a shell.
const PATH: &str = "{0}";
/// Longest script that is an argument, bytes: the operating system's bound is 128 KiB.
const ARGUMENT_BYTES_MAX: usize = 64 * 1024;
/// Options of shells after which a script is an argument, which without them is a file.
const TEXT_OPTIONS: [&str; 3] = ["-c", "-e", "-Command"];

/// Returns the command of a step.
pub(super) async fn command(
    step: &Step,
    document: &Json,
    workspace: &Workspace,
    index: usize,
    resources: Resources,
) -> Result<Vec<String>, Failure> {
    let script = step.run.as_ref().ok_or_else(|| Failure::bad_order("a step has no script"))?;
    let script = value::text_of(script, document)?.unwrap_or_default();
    if script.contains('\0') {
        return Err(Failure::bad_order("a script contains a NUL character"));
    }
    let mut words = step.shell.clone();
    let wants_file = words.iter().any(|word| word.contains(PATH));
    let is_long = script.len() > ARGUMENT_BYTES_MAX;
    let takes_text = words.last().is_some_and(|last| TEXT_OPTIONS.contains(&&**last));
    let needs_file = wants_file || (is_long && takes_text);
    if !needs_file {
        words.push(script);
        return Ok(limited(words, resources));
    }
    let path = workspace.beside(&format!("script-{index}"));
    let written = tokio::fs::write(&path, script).await;
    written.map_err(|error| Failure::not_started(format!("no script file: {error}")))?;
    let path = path.to_string_lossy().into_owned();
    if wants_file {
        for word in &mut words {
            *word = word.replace(PATH, &path);
        }
    } else {
        words.pop();
        words.push(path);
    }
    Ok(limited(words, resources))
}

/// Puts limits of the operating system in front of a command.
fn limited(words: Vec<String>, resources: Resources) -> Vec<String> {
    let Resources { cpu_seconds, memory_bytes } = resources;
    // At the soft limit comes SIGXCPU, which says what it is; at the hard one SIGKILL.
    let hard = |seconds: u64| seconds.saturating_add(1);
    let cpu = cpu_seconds.map(|soft| format!("ulimit -St {soft}; ulimit -Ht {}; ", hard(soft)));
    let memory = memory_bytes.map(|bytes| format!("ulimit -d {}; ", bytes.div_ceil(1024)));
    let limits: String = [cpu, memory].into_iter().flatten().collect();
    if limits.is_empty() {
        return words;
    }
    let shell =
        ["sh".to_owned(), "-ec".to_owned(), format!("{limits}exec \"$@\""), "sh".to_owned()];
    shell.into_iter().chain(words).collect()
}
