//! What people type who come from Jinja: `{{ ds }}` for what is `${{ run.date }}` here.

use super::names::is_name_somewhere;

/// Names of Airflow with what is written here, the longer ones of one beginning first. In the last
/// ones, `*` is what follows the name.
const AIRFLOW: [(&str, &str); 30] = [
    ("conn", "a secret as 'env: {NAME: \"${{ secrets.NAME }}\"}', or 'connection' of an action"),
    ("dag.dag_id", "${{ run.pipeline }}"),
    ("dag_run.conf", "${{ params*}}"),
    ("dag_run.run_id", "${{ run.id }}"),
    ("data_interval_end", "${{ run.interval.end }}"),
    ("data_interval_start", "${{ run.interval.start }}"),
    ("ds_nodash", "${{ $replace(run.date, '-', '') }}"),
    ("ds", "${{ run.date }}"),
    ("execution_date", "${{ run.interval.start }}"),
    ("logical_date", "${{ run.interval.start }}"),
    ("macros.ds_add", "${{ $addTime(run.date, '1d') }}"),
    ("macros.ds_format", "${{ $formatTime(run.date, '[D01]/[M01]/[Y0001]') }}"),
    ("macros.uuid", "${{ $uuid() }}"),
    ("next_ds", "${{ $date(run.interval.end) }}"),
    ("next_execution_date", "${{ run.interval.end }}"),
    ("prev_data_interval_start_success", "${{ run.previous.scheduled_at }}"),
    ("prev_ds", "${{ $addTime(run.date, '-1d') }}"),
    ("run_id", "${{ run.id }}"),
    ("task.task_id", "${{ task.id }}"),
    ("task_instance.try_number", "${{ task.attempt }}"),
    ("task_instance.xcom_pull", "${{ needs.TASK.output }}"),
    ("ti.task_id", "${{ task.id }}"),
    ("ti.try_number", "${{ task.attempt }}"),
    ("ti.xcom_pull", "${{ needs.TASK.output }}"),
    ("ts_nodash", "${{ $formatTime(run.interval.start, '[Y0001][M01][D01]T[H01][m01][s01]') }}"),
    ("ts", "${{ run.interval.start }}"),
    ("var.json", "${{ vars*}}"),
    ("var.value", "${{ vars*}}"),
    ("yesterday_ds", "${{ $addTime(run.date, '-1d') }}"),
    ("tomorrow_ds", "${{ $addTime(run.date, '1d') }}"),
];

/// What begins and ends an expression, and how long one is at most: nobody looks on through a large text.
const OPENING: &[u8] = b"{{";
const CLOSING: &[u8] = b"}}";
const BYTES_MAX: usize = 200;

/// What looks like an expression of Jinja.
pub(crate) struct Jinja<'t> {
    /// Where it begins in the text.
    pub(crate) at: usize,
    /// What is between the braces.
    inner: &'t str,
}

/// Returns the first of a text. Of one that is `code`, only those count whose name is known:
/// programs have such braces as well.
pub(crate) fn find(text: &str, is_code: bool) -> Option<Jinja<'_>> {
    let found = text.match_indices("{{").filter(|(at, _)| !text[..*at].ends_with(['$', '{']));
    let mut read = found.filter_map(|(at, opening)| {
        let after = &text[at + opening.len()..];
        let near = &after.as_bytes()[..after.len().min(BYTES_MAX)];
        let end = near.windows(2).position(|two| [OPENING, CLOSING].contains(&two))?;
        if !near[end..].starts_with(CLOSING) {
            return None;
        }
        Some(Jinja { at, inner: after[..end].trim() })
    });
    read.find(|jinja| {
        let begins = jinja.inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        begins && !jinja.inner.contains('\n') && (!is_code || jinja.is_known())
    })
}

impl Jinja<'_> {
    /// Returns what to write.
    pub(crate) fn hint(&self) -> String {
        let name = self.name();
        if let Some((airflow, ours)) = airflow(name) {
            let rest = name[airflow.len()..].to_owned() + " ";
            let ours = ours.replace('*', &rest);
            return if ours.starts_with('$') {
                format!("write '{ours}'")
            } else {
                format!("write {ours}")
            };
        }
        if is_name_somewhere(self.first()) || self.first() == "secrets" {
            return format!("write '${{{{ {} }}}}'", self.inner);
        }
        "write '${{ … }}', in which JSONata reads 'params', 'run', 'needs.TASK.output' and others"
            .to_owned()
    }

    fn is_known(&self) -> bool {
        airflow(self.name()).is_some()
            || is_name_somewhere(self.first()) && self.inner.contains('.')
    }

    /// Returns the path that it begins with.
    fn name(&self) -> &str {
        let part = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
        let end = self.inner.find(|c| !part(c)).unwrap_or(self.inner.len());
        self.inner[..end].trim_end_matches('.')
    }

    fn first(&self) -> &str {
        self.name().split('.').next().unwrap_or_default()
    }
}

fn airflow(name: &str) -> Option<(&'static str, &'static str)> {
    let is_it = |known: &str| {
        name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    AIRFLOW.iter().find(|(known, _)| is_it(known)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(text: &str, is_code: bool) -> Option<String> {
        find(text, is_code).map(|jinja| jinja.hint())
    }

    #[test]
    fn names_of_airflow_are_told_as_they_are_here() {
        for (text, expected) in [
            ("{{ ds }}", "write '${{ run.date }}'"),
            ("x {{ds_nodash}} y", "write '${{ $replace(run.date, '-', '') }}'"),
            ("{{ params.n }}", "write '${{ params.n }}'"),
            ("{{ var.value.region }}", "write '${{ vars.region }}'"),
            ("{{ dag_run.conf.day }}", "write '${{ params.day }}'"),
            ("{{ ti.xcom_pull(task_ids='a') }}", "write '${{ needs.TASK.output }}'"),
            ("{{ ts | upper }}", "write '${{ run.interval.start }}'"),
        ] {
            assert_eq!(hint(text, true).as_deref(), Some(expected), "{text}");
        }
        assert!(hint("{{ conn.db.host }}", true).unwrap().contains("secrets.NAME"));
    }

    #[test]
    fn other_braces_are_left_alone_in_programs_and_expressions_everywhere() {
        assert!(hint("{{ user }}", false).unwrap().starts_with("write '${{ … }}'"));
        for text in ["{{ user }}", "docker inspect -f '{{.State}}'", "{{ item }}", "{{ range x }}"]
        {
            assert_eq!(hint(text, true), None, "{text}");
        }
        for text in ["${{ ds }}", "{\"a\": {\"b\": 1}}", "{{ 1 }}", "{{{ ds }}}", "{{ ds"] {
            assert_eq!(hint(text, false), None, "{text}");
        }
    }

    #[test]
    fn an_end_is_looked_for_nearby() {
        let long = |letters: usize| format!("{{{{ ds {} }}}}", "ç".repeat(letters));
        assert!(hint(&long(80), true).is_some());
        assert_eq!(hint(&long(200), true), None);
        assert_eq!(hint(&("{{ ".repeat(1_000_000) + "}}"), false), None);
    }

    #[test]
    fn what_is_written_here_is_read_here() {
        for (_, ours) in AIRFLOW.iter().filter(|(_, ours)| ours.starts_with('$')) {
            let inner = ours.replace('*', ".x ");
            let inner = inner.trim_start_matches("${{").trim_end_matches("}}");
            let program = compasso_jsonata::Program::compile(inner.trim()).unwrap();
            assert_eq!(program.unbound_over_document(), Vec::<String>::new(), "{inner}");
        }
    }
}
