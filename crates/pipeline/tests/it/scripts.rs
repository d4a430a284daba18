//! Expressions in scripts become variables.

use compasso_pipeline::Script;
use compasso_pipeline::tree::Work;

use crate::check::{parsed, said};

/// Returns the script of a task, and its variables.
fn script(shell: &str, run: &str) -> Script {
    let quoted = serde_json_text(run);
    let text = format!(
        "pipeline: p\nparams: {{name: x}}\ntasks: {{a: {{shell: {shell}, run: {quoted}}}}}\n"
    );
    let parsed = parsed(&text);
    assert_eq!(said(&parsed), "", "{run}");
    let task = parsed.pipelines[0].tasks.get("a").unwrap();
    let Some(Work::Run { script, .. }) = &task.work else { panic!("it runs a script") };
    script.clone()
}

fn serde_json_text(text: &str) -> String {
    compasso_types::Json::from(text).to_string()
}

#[test]
fn expressions_become_references_that_no_shell_splits_or_runs() {
    for (shell, run, expected) in [
        ("bash", "echo ${{ params.name }}", "echo \"${CP_EXPR_1}\""),
        ("bash", "echo \"a ${{ params.name }} b\"", "echo \"a ${CP_EXPR_1} b\""),
        (
            "sh",
            "x=${{ params.name }}y; echo ${{ 1 + 1 }}",
            "x=\"${CP_EXPR_1}\"y; echo \"${CP_EXPR_2}\"",
        ),
        ("bash", "cat <<EOF\n${{ params.name }}\nEOF\n", "cat <<EOF\n${CP_EXPR_1}\nEOF\n"),
        ("bash", "echo \"$(f ${{ params.name }})\"", "echo \"$(f \"${CP_EXPR_1}\")\""),
        ("bash", "# see ${{ params.name }}\necho", "# see \necho"),
        ("pwsh", "Write-Output ${{ params.name }}", "Write-Output ${env:CP_EXPR_1}"),
        ("pwsh", "Write-Output \"a ${{ params.name }}\"", "Write-Output \"a ${env:CP_EXPR_1}\""),
        ("python", "print('{0}')", "print('{0}')"),
    ] {
        let script = script(shell, run);
        assert_eq!(&*script.text, expected, "{run}");
        for (number, (name, _)) in script.variables.iter().enumerate() {
            assert_eq!(**name, format!("CP_EXPR_{}", number + 1));
        }
    }
}

#[test]
fn a_variable_holds_the_expression_and_the_script_never_its_text() {
    let script = script("bash", "echo ${{ params.name & '$(touch x)' }}");
    assert_eq!(&*script.text, "echo \"${CP_EXPR_1}\"");
    assert_eq!(&*script.variables[0].1.text, "params.name & '$(touch x)'");
}
