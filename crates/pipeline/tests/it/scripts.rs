//! Expressions in scripts become variables.

use std::process::Command;

use compasso_pipeline::Script;
use compasso_pipeline::tree::Work;

use crate::check::{parsed, said};

fn pipeline(shell: &str, run: &str) -> String {
    let quoted = serde_json_text(run);
    format!("pipeline: p\nparams: {{name: x}}\ntasks: {{a: {{shell: {shell}, run: {quoted}}}}}\n")
}

/// Returns the script of a task, and its variables.
fn script(shell: &str, run: &str) -> Script {
    let parsed = parsed(&pipeline(shell, run));
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

#[test]
fn an_expression_whose_value_the_shell_would_evaluate_is_refused() {
    for run in [
        "for((i=0;i<${{ params.name }};i++)); do :; done",
        "if((${{ params.name }}>5)); then :; fi",
        "echo \"$(( ${{ params.name }} * 2 ))\"",
        "echo $(( $(echo ${{ params.name }}) ))",
        "cat <<EOF\n$(( ${{ params.name }} * 2 ))\nEOF\n",
        "cat <<EOF\n${v:${{ params.name }}}\nEOF\n",
        "cat <<EOF\n$(let x=${{ params.name }})\nEOF\n",
        "cat <<EOF\n`let x=${{ params.name }}`\nEOF\n",
        "[[ ${{ params.name }} -gt 5 ]]",
        "if [[ -v ${{ params.name }} ]]; then :; fi",
        "echo ${v:${{ params.name }}}",
        "echo \"${v:\"${{ params.name }}\"}\"",
        "a[${{ params.name }}]=1",
        "a=([${{ params.name }}]=1)",
        "echo ${a[${{ params.name }}]}",
        "echo $[ ${{ params.name }} ]",
        "let x=${{ params.name }}",
        "let \"x = ${{ params.name }}\"",
        "declare -i x=${{ params.name }}",
        "declare ${{ params.name }}=1",
        "f() { local -i x=${{ params.name }}; }",
        "typeset -i x=${{ params.name }}",
        "test -v ${{ params.name }}",
        "[ -v ${{ params.name }} ]",
        "printf -v ${{ params.name }} x",
        "while IFS= read -r ${{ params.name }}; do :; done",
        "read x 2>&1 ${{ params.name }}",
        "RANDOM=${{ params.name }}",
        "export OPTIND=${{ params.name }}",
        "x=1 let ${{ params.name }}",
        "unset ${{ params.name }}",
        "true && eval echo ${{ params.name }}",
        "let x=$((1)) ${{ params.name }}",
        "declare \\\n -i x=${{ params.name }}",
        "echo # done\nlet x=${{ params.name }}",
        "let \"x\n= ${{ params.name }}\"",
        "cat <<EOF\nx\nEOF\nlet x=${{ params.name }}",
        "trap \"rm ${{ params.name }}\" EXIT",
        "declare -i x\nx=${{ params.name }}",
        "declare -ri x y=1; echo; y+=\"${{ params.name }}\"",
        "f() { x=${{ params.name }}; }; declare \"-i\" x=0; f",
        "f() { local -i x; if true; then x=${{ params.name }}; fi; }",
        "typeset -ai x; x=(1 ${{ params.name }}); echo",
        "typeset -ai x; x[1]=${{ params.name }}",
        "declare -i x; export x=${{ params.name }}",
        "declare -i x; for x in ${{ params.name }}; do :; done",
        "declare -i x; read -r x <<< ${{ params.name }}",
        "declare -i x; printf -v x %s ${{ params.name }}",
        "declare -A x; declare x=${{ params.name }}",
        "for RANDOM in ${{ params.name }}; do :; done",
        "read -r RANDOM <<< ${{ params.name }}",
        "SRANDOM=${{ params.name }}",
        "HISTCMD=${{ params.name }}",
        "PS4=${{ params.name }}; set -x; true",
        "sleep 0 & wait -n -p ${{ params.name }}",
        "compgen -W ${{ params.name }}",
    ] {
        let said = said(&parsed(&pipeline("bash", run)));
        let problem = "E009: an expression could be code here";
        assert!(said.contains(problem), "{run}: {said}");
    }
}

#[test]
fn bash_does_not_run_a_value_where_an_expression_is_accepted() {
    let directory = tempfile::tempdir().expect("a directory");
    let mark = directory.path().join("ran");
    let value = format!("PATH[$(touch {})0]", mark.display());
    for run in [
        "echo ${{ params.name }}",
        "echo \"a ${{ params.name }} b\" ${{ params.name }}#'c' ${{ params.name }}",
        "cat <<EOF\n${{ params.name }}EOF\n$(echo ${{ params.name }}) `echo ${{ params.name }}`\nEOF\n",
        "x=${{ params.name }}; export y=${{ params.name }}; echo \"$x\" \"${y}\"",
        "f() { local -r x=${{ params.name }}; echo \"$x\"; }; f",
        "a=(${{ params.name }} ${{ params.name }}); echo \"${a[1]}\"",
        "[ ${{ params.name }} -gt 5 ] || echo",
        "test ${{ params.name }} = x || echo",
        "read -r x <<< ${{ params.name }}; echo \"$x\"",
        "mapfile -t lines < <(echo ${{ params.name }}); echo \"${lines[0]}\"",
        "case ${{ params.name }} in a) echo ;; *) echo [${{ params.name }}] ;; esac",
        "printf '%s' ${{ params.name }}",
        "(echo ${{ params.name }}) | cat",
        "echo $((1 + 1)) ${{ params.name }}",
        "declare -i x=1; echo \"x=${{ params.name }}\" x=${{ params.name }} \"$x\"",
        "declare -i x=1; y=${{ params.name }}; for y in ${{ params.name }}; do read -r y; done <<< 1",
        "declare -i x=1; local_x=${{ params.name }} x+=1; x=2",
        "sleep 0 & wait ${{ params.name }} || echo",
    ] {
        let script = script("bash", run);
        let variables = script.variables.iter().map(|(name, _)| (&**name, &value));
        let output = Command::new("bash").args(["-c", &script.text]).envs(variables).output();
        let output = output.expect("bash runs");
        assert!(output.status.success(), "{run}: {output:?}");
        assert!(!mark.exists(), "{run}: {output:?}");
    }
    let arguments = ["-c", ": $((CP_EXPR_1))"];
    Command::new("bash").args(arguments).env("CP_EXPR_1", &value).output().expect("bash runs");
    assert!(mark.exists(), "the value is code where bash evaluates it");
}
