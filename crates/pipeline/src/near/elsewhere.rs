//! What other tools have, and how it is written here: Airflow, GitHub Actions, Argo, Prefect, Dagster.

/// What a field of another tool is here.
#[derive(Clone, Copy, Debug)]
enum Ours {
    /// A field of the same place, the first of these that it has.
    Named(&'static [&'static str]),
    /// Something to be written, where there is such a field: a field tells what place it is.
    Say(&'static str, &'static str),
}

use Ours::{Named, Say};

/// A field that pipelines alone have, one of tasks, of `on`, and of schedules.
const PIPELINE: &str = "concurrency";
const TASK: &str = "needs";
const TRIGGERS: &str = "webhook";
const SCHEDULE: &str = "misfire_grace";

/// Fields by what other tools call them.
#[rustfmt::skip]
const FIELDS: &[(&str, Ours)] = &[
    // Airflow.
    ("bash_command", Named(&["run"])),
    ("catchup", Say(PIPELINE, "write 'catchup: none' for false, 'all' or 'latest' for true, beside 'cron' in 'on.schedule'")),
    ("concurrency", Named(&["max_tasks", "max_parallel"])),
    ("cron", Named(&["schedule"])),
    ("cron", Say(PIPELINE, "write 'on: {schedule: {cron: …}}'")),
    ("dag_id", Named(&["pipeline"])),
    ("dagrun_timeout", Named(&["timeout"])),
    ("default_args", Named(&["defaults"])),
    ("do_xcom_push", Named(&["output"])),
    ("doc_md", Named(&["description"])),
    ("email_on_failure", Say("hooks", "write 'hooks: {on_failure: [{uses: email, with: {…}}]}'")),
    ("email_on_retry", Say("hooks", "write 'hooks: {on_retry: [{uses: email, with: {…}}]}'")),
    ("end_date", Named(&["end"])),
    ("end_date", Say(PIPELINE, "write 'end' beside 'cron' in 'on.schedule'")),
    ("execution_timeout", Named(&["timeout"])),
    ("expand", Named(&["each"])),
    ("map_index_template", Named(&["key"])),
    ("max_active_runs", Say(PIPELINE, "write 'concurrency: {max_runs: …}'")),
    ("max_active_tasks", Say(PIPELINE, "write 'concurrency: {max_tasks: …}'")),
    ("max_active_tis_per_dag", Say("mutex", "write 'pool: NAME', whose slots all runs share, or 'mutex: NAME'")),
    ("max_active_tis_per_dagrun", Named(&["max_parallel"])),
    ("max_retry_delay", Named(&["max_delay"])),
    ("max_retry_delay", Say("retry", "write 'retry: {max: …, max_delay: …}'")),
    ("on_execute_callback", Say("hooks", "write 'hooks: {on_start: […]}'")),
    ("on_failure_callback", Say("hooks", "write 'hooks: {on_failure: […]}'")),
    ("on_retry_callback", Say("hooks", "write 'hooks: {on_retry: […]}'")),
    ("on_skipped_callback", Say("hooks", "write 'hooks: {on_skip: […]}'")),
    ("on_success_callback", Say("hooks", "write 'hooks: {on_success: […]}'")),
    ("op_args", Named(&["env"])),
    ("op_kwargs", Named(&["env"])),
    ("pool_slots", Named(&["slots"])),
    ("priority_weight", Named(&["priority"])),
    ("python_callable", Say(TASK, "write 'shell: python' and the script in 'run', or 'uses: worker:NAME' for a function of a worker")),
    ("queue", Say(TASK, "write 'runs_on: [TAG]'")),
    ("retries", Named(&["retry"])),
    ("retry_delay", Named(&["delay"])),
    ("retry_delay", Say("retry", "write 'retry: {max: …, delay: …}'")),
    ("retry_exponential_backoff", Say("retry", "write 'retry: {max: …, backoff: 2}'")),
    ("schedule", Say(PIPELINE, "write 'on: {schedule: {cron: …}}'")),
    ("schedule_interval", Say(PIPELINE, "write 'on: {schedule: {cron: …}}'")),
    ("sla", Named(&["deadline"])),
    ("start_date", Named(&["start"])),
    ("start_date", Say(PIPELINE, "write 'start' beside 'cron' in 'on.schedule'")),
    ("task_id", Say(TASK, "the key of a task is its id: 'tasks: {NAME: {…}}'")),
    ("timetable", Say(PIPELINE, "write 'on: {schedule: {…}}' with 'cron', 'every', 'rrule' or 'at'")),
    ("trigger_rule", Named(&["when"])),
    // GitHub Actions.
    ("cancel-in-progress", Say("max_runs", "write 'overlap: cancel_other'")),
    ("merge_group", Say(TRIGGERS, GIT)),
    ("permissions", Say(PIPELINE, "leave it out: what tasks may do, their secrets and workers decide")),
    ("pull_request", Say(TRIGGERS, GIT)),
    ("push", Say(TRIGGERS, GIT)),
    ("release", Say(TRIGGERS, GIT)),
    ("repository_dispatch", Named(&["event"])),
    ("tag", Say(TRIGGERS, GIT)),
    ("workflow_call", Say(TRIGGERS, CALLED)),
    ("workflow_dispatch", Say(TRIGGERS, DISPATCHED)),
    ("workflow_run", Named(&["pipeline"])),
    // Argo.
    ("activeDeadlineSeconds", Named(&["timeout"])),
    ("depends", Named(&["needs"])),
    ("dependsOn", Named(&["needs"])),
    ("dependencies", Named(&["needs"])),
    ("entrypoint", Say(PIPELINE, "leave it out: tasks begin that need no others")),
    ("memoize", Named(&["cache"])),
    ("onExit", Say("hooks", "write 'hooks: {on_finish: […]}'")),
    ("parallelism", Named(&["max_parallel"])),
    ("parallelism", Say(PIPELINE, "write 'concurrency: {max_tasks: …}'")),
    ("retryStrategy", Named(&["retry"])),
    ("spec", Say(PIPELINE, "write what is in it here, and begin with 'pipeline: NAME'")),
    ("suspend", Say(TASK, "write 'approve: {by: […]}', or 'wait: {signal: NAME}'")),
    ("synchronization", Say(TASK, "write 'mutex: NAME' or 'pool: NAME'")),
    ("templates", Named(&["tasks"])),
    ("withItems", Named(&["each"])),
    ("withParam", Named(&["each"])),
    ("withSequence", Named(&["each"])),
    // Prefect, Dagster, Kestra.
    ("automation_condition", Say(PIPELINE, "write 'on: {asset: {any: […]}}'")),
    ("cache_expiration", Say("cache", "write 'cache: {key: …, ttl: …}'")),
    ("cache_key_fn", Say("cache", "write 'cache: {key: …}'")),
    ("cron_schedule", Say(PIPELINE, "write 'on: {schedule: {cron: …}}'")),
    ("deps", Named(&["needs"])),
    ("errors", Say("hooks", "write 'hooks: {on_failure: […]}'")),
    ("execution_timezone", Named(&["timezone"])),
    ("finally", Say(PIPELINE, "write a task with 'teardown: ID', or 'hooks: {on_finish: […]}'")),
    ("flow", Named(&["pipeline"])),
    ("freshness_policy", Named(&["deadline"])),
    ("ins", Named(&["needs"])),
    ("on_rollback", Named(&["compensate"])),
    ("retry_delay_seconds", Named(&["delay"])),
    ("retry_delay_seconds", Say("retry", "write 'retry: {max: …, delay: …}'")),
    ("upstream_tasks", Named(&["needs"])),
    ("wait_for", Named(&["needs"])),
    ("work_pool", Named(&["runs_on"])),
    ("work_pool_name", Named(&["runs_on"])),
    ("work_queue_name", Named(&["runs_on"])),
    // Of several.
    ("approvers", Say("not_by_starter", "write 'by: [user:NAME]', with 'group:' or 'role:' for several people")),
    ("after", Named(&["needs"])),
    ("args", Named(&["with"])),
    ("arguments", Named(&["with"])),
    ("attempts", Named(&["max"])),
    ("bash", Named(&["run"])),
    ("cmd", Named(&["run"])),
    ("command", Named(&["run"])),
    ("condition", Named(&["if"])),
    ("depends_on", Named(&["needs"])),
    ("environment", Named(&["env"])),
    ("for_each", Named(&["each"])),
    ("foreach", Named(&["each"])),
    ("input", Named(&["with"])),
    ("inputs", Named(&["params", "with"])),
    ("interval", Named(&["every", "delay"])),
    ("limit", Named(&["max_runs"])),
    ("loop", Named(&["each"])),
    ("max_attempts", Named(&["max"])),
    ("name", Named(&["pipeline"])),
    ("parameters", Named(&["params", "with"])),
    ("script", Named(&["run"])),
    ("sleep", Named(&["wait"])),
    ("steps", Named(&["tasks"])),
    ("tags", Named(&["labels"])),
    ("triggers", Named(&["on"])),
    ("tz", Say(SCHEDULE, "write 'timezone: Europe/Lisbon'")),
    ("variables", Named(&["vars"])),
    ("with_items", Named(&["each"])),
];

const GIT: &str =
    "write 'git: {provider: github, events: [push]}', and have the repository call its address";
const DISPATCHED: &str = "leave it out: people may start every pipeline; its inputs are 'params'";
const CALLED: &str = "leave it out: every pipeline can be called by a task with 'pipeline: NAME'";

/// Actions of GitHub by how their names begin.
const ACTIONS: &[(&str, &str)] = &[
    ("actions/checkout", "write 'checkout: true' in the task, beside 'run' or 'steps'"),
    ("actions/upload-artifact", "write 'artifacts: {out: [PATTERN]}' in the task"),
    ("actions/download-artifact", "write 'artifacts: {in: [TASK/PATH]}' in the task"),
    ("actions/cache", "'cache: {key: …}' of a task keeps its output; files are kept as artifacts"),
    ("actions/github-script", "write 'shell: node' and the script in 'run'"),
    ("actions/setup-", "install it on a worker, and choose that with 'runs_on: [TAG]'"),
    ("docker/", "write 'run: docker …', with 'runs_on' for a worker that has Docker"),
];

/// Returns what to do about the field `word` of another tool where `known` are the fields.
pub(super) fn field(word: &str, known: &[&'static str]) -> Option<String> {
    FIELDS.iter().filter(|(name, _)| *name == word).find_map(|(_, ours)| match ours {
        Named(names) => {
            let name = names.iter().find(|name| known.contains(name))?;
            Some(format!("did you mean '{name}'?"))
        }
        Say(beside, text) => known.contains(beside).then(|| (*text).to_owned()),
    })
}

/// Returns what to write for `on: WORD`.
pub(super) fn trigger(word: &str) -> Option<String> {
    field(word, &[TRIGGERS])
}

/// Returns what to write for an action of GitHub.
pub(crate) fn action(name: &str) -> Option<&'static str> {
    ACTIONS.iter().find(|(begin, _)| name.starts_with(begin)).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_understood_where_ours_is_and_nowhere_else() {
        for (name, ours) in FIELDS {
            let (places, expected) = match ours {
                Named(names) => {
                    let named = |name| (vec![name], format!("did you mean '{name}'?"));
                    names.iter().map(|name| named(*name)).unzip::<_, _, Vec<_>, Vec<_>>()
                }
                Say(beside, text) => (vec![vec![*beside]], vec![(*text).to_owned()]),
            };
            for (known, expected) in places.iter().zip(&expected) {
                assert_eq!(field(name, known).as_ref(), Some(expected), "{name} in {known:?}");
            }
            assert_eq!(field(name, &["nowhere"]), None, "{name}");
        }
    }

    #[test]
    fn names_that_only_say_something_are_no_fields_of_ours_there() {
        let text = include_str!("../tree/task.rs");
        for (name, ours) in FIELDS {
            if matches!(ours, Say(beside, _) if *beside == TASK) {
                assert!(!text.contains(&format!("\"{name}\"")), "{name} is a field of tasks");
            }
        }
    }

    #[test]
    fn actions_of_github_have_what_does_the_same_here() {
        for (begin, text) in ACTIONS {
            assert_eq!(action(&format!("{begin}x@v4")), Some(*text));
        }
        assert_eq!(action("mine@1"), None);
    }
}
