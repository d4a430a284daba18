//! The jobs that can be waited for, and how each service tells how far one is.

use compasso_types::{Json, Object};

use super::ecs;
use super::table::KINDS;
use crate::template::find;

/// A kind of job.
#[derive(Debug)]
pub(super) struct JobKind {
    /// As in `arn:aws:states:::SERVICE:action.sync`.
    pub(super) service: &'static str,
    /// As in `arn:aws:states:::service:ACTION.sync`.
    pub(super) action: &'static str,
    /// The operation that describes a job.
    pub(super) describe: &'static str,
    /// Its parameters, a template.
    pub(super) reference: &'static str,
    /// Where the description is in its answer.
    description: &'static str,
    /// The member of the result that holds the description; nothing if it is the result.
    wrapper: &'static str,
    /// Whether the result has the members of the submission's answer as well.
    has_answer: bool,
    end: End,
    /// Whether a job has succeeded when the service does not know it any more.
    pub(super) ends_by_going: bool,
    /// The operation that cancels a job and its parameters, a template.
    pub(super) cancel: Option<(&'static str, &'static str)>,
}

/// How a description tells that a job is over.
#[derive(Debug)]
pub(super) enum End {
    /// By a status at a path.
    Status {
        path: &'static str,
        succeeded: &'static [&'static str],
        failed: &'static [&'static str],
    },
    /// See [`ecs`].
    Containers,
}

/// How far a job is, with its description.
pub(super) enum Verdict {
    /// It is not over.
    Running(Json),
    /// It is over, and all is well.
    Succeeded(Json),
    /// It is over.
    Failed(Json),
    /// The answer has no description of it.
    Unknown,
}

impl JobKind {
    /// Returns the kind of job that `service:action.sync` is.
    pub(super) fn of(service: &str, action: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.service == service && kind.action == action)
    }

    /// Judges an answer of [`Self::describe`] about the job of a submission.
    pub(super) fn judge(&self, answer: &Json, submission: &Json) -> Verdict {
        let Some(description) = find(answer, self.description) else { return Verdict::Unknown };
        let verdict = match self.end {
            End::Containers => ecs::judge(&description),
            End::Status { path, succeeded, failed } => {
                let status = find(&description, path);
                match status.as_ref().and_then(Json::as_str) {
                    Some(status) if succeeded.contains(&status) => Verdict::Succeeded(description),
                    Some(status) if failed.contains(&status) => Verdict::Failed(description),
                    Some(_) => Verdict::Running(description),
                    None => Verdict::Unknown,
                }
            }
        };
        match verdict {
            Verdict::Running(description) => {
                Verdict::Running(self.wrapped(description, submission))
            }
            Verdict::Succeeded(description) => {
                Verdict::Succeeded(self.wrapped(description, submission))
            }
            Verdict::Failed(description) => Verdict::Failed(self.wrapped(description, submission)),
            Verdict::Unknown => Verdict::Unknown,
        }
    }

    fn wrapped(&self, description: Json, submission: &Json) -> Json {
        if self.wrapper.is_empty() {
            return description;
        }
        let answer = submission.as_object().filter(|_| self.has_answer);
        let mut members: Object = answer.map(|members| (**members).clone()).unwrap_or_default();
        members.insert(self.wrapper.into(), description);
        members.sort_keys();
        Json::from(members)
    }
}

pub(super) const fn kind(
    [service, action]: [&'static str; 2],
    [describe, reference, description]: [&'static str; 3],
    end: End,
) -> JobKind {
    JobKind {
        service,
        action,
        describe,
        reference,
        description,
        wrapper: "",
        has_answer: false,
        end,
        ends_by_going: false,
        cancel: None,
    }
}

pub(super) const fn status(
    path: &'static str,
    succeeded: &'static [&'static str],
    failed: &'static [&'static str],
) -> End {
    End::Status { path, succeeded, failed }
}

impl JobKind {
    pub(super) const fn in_member(self, wrapper: &'static str) -> Self {
        Self { wrapper, ..self }
    }

    pub(super) const fn with_answer(self) -> Self {
        Self { has_answer: true, ..self }
    }

    pub(super) const fn until_gone(self) -> Self {
        Self { ends_by_going: true, ..self }
    }

    pub(super) const fn cancelled_by(
        self,
        operation: &'static str,
        reference: &'static str,
    ) -> Self {
        Self { cancel: Some((operation, reference)), ..self }
    }
}

#[cfg(test)]
mod tests {
    use compasso_integrations::{Call, OPTIMIZED, problems};

    use super::*;
    use crate::template::{Sources, fill};

    /// Every member that a template may name.
    const KNOWN: &str = r#"{
        "ApplicationId":"a", "Build":{"Id":"b"}, "BuildBatch":{"Id":"b"}, "Cluster":{"Name":"c"},
        "ClusterId":"c", "StepId":"s",
        "FargateProfile":{"ClusterName":"c","FargateProfileName":"f"}, "Id":"i", "Job":{"Id":"j"},
        "HyperParameterTuningJobName":"h", "JobArn":"j", "JobId":"j", "JobName":"n",
        "JobRunId":"r", "LabelingJobName":"l", "Name":"n",
        "Nodegroup":{"ClusterName":"c","NodegroupName":"n"}, "ProcessingJobName":"p",
        "QueryExecutionId":"q", "RunId":"r", "Tasks":[{"TaskArn":"t","ClusterArn":"c"}],
        "TrainingJobName":"t", "TransformJobName":"t", "VirtualClusterId":"v"
    }"#;

    #[test]
    fn every_question_is_one_that_its_model_knows() {
        let known = Json::parse(KNOWN).unwrap();
        let sources = Sources([&known, &known]);
        for kind in KINDS {
            let name = format!("{}:{}", kind.service, kind.action);
            for (operation, template) in
                kind.cancel.into_iter().chain([(kind.describe, kind.reference)])
            {
                let call = Call::of_operation(kind.service, operation);
                let call = call.unwrap_or_else(|| panic!("{name}"));
                let parameters = fill(template, &sources);
                let found = problems(&call, &parameters);
                assert!(found.is_empty(), "{name}: {found:?}");
            }
        }
    }

    #[test]
    fn every_action_that_can_be_waited_for_has_a_kind() {
        // They have ways of their own.
        let others = [("compasso", "pipeline"), ("states", "startExecution"), ("eks", "runJob")];
        for service in OPTIMIZED {
            for action in service.actions.iter().filter(|action| action.patterns.sync) {
                let name = (service.service, action.name);
                let known = JobKind::of(name.0, name.1).is_some() || others.contains(&name);
                assert!(known, "{name:?}");
            }
        }
    }

    fn verdict(service: &str, action: &str, answer: &str) -> (&'static str, String) {
        let kind = JobKind::of(service, action).unwrap();
        match kind.judge(&Json::parse(answer).unwrap(), &Json::Null) {
            Verdict::Running(description) => ("running", description.to_string()),
            Verdict::Succeeded(description) => ("succeeded", description.to_string()),
            Verdict::Failed(description) => ("failed", description.to_string()),
            Verdict::Unknown => ("unknown", String::new()),
        }
    }

    #[test]
    fn a_description_tells_how_far_a_job_is() {
        for (answer, expected, description) in [
            (r#"{"Jobs":[{"Status":"RUNNABLE"}]}"#, "running", r#"{"Status":"RUNNABLE"}"#),
            (r#"{"Jobs":[{"Status":"SUCCEEDED"}]}"#, "succeeded", r#"{"Status":"SUCCEEDED"}"#),
            (r#"{"Jobs":[{"Status":"FAILED"}]}"#, "failed", r#"{"Status":"FAILED"}"#),
            (r#"{"Jobs":[]}"#, "unknown", ""),
        ] {
            let found = verdict("batch", "submitJob", answer);
            assert_eq!(found, (expected, description.to_owned()));
        }
        let build = r#"{"Builds":[{"BuildStatus":"FAULT"}]}"#;
        let wrapped = r#"{"Build":{"BuildStatus":"FAULT"}}"#.to_owned();
        assert_eq!(verdict("codebuild", "startBuild", build), ("failed", wrapped));
    }

    #[test]
    fn tasks_of_ecs_are_judged_by_their_containers() {
        for (tasks, expected) in [
            (r#"[{"LastStatus":"RUNNING"}]"#, "running"),
            (r#"[{"LastStatus":"STOPPED","Containers":[{"ExitCode":0}]}]"#, "succeeded"),
            (
                r#"[{"LastStatus":"STOPPED","Containers":[{"ExitCode":0},{"ExitCode":3}]}]"#,
                "failed",
            ),
            (r#"[{"LastStatus":"STOPPED","StopCode":"TaskFailedToStart"}]"#, "failed"),
            (r#"[{"LastStatus":"STOPPED"},{"LastStatus":"PENDING"}]"#, "running"),
            ("[]", "unknown"),
        ] {
            let found = verdict("ecs", "runTask", &format!(r#"{{"Tasks":{tasks}}}"#));
            assert_eq!(found.0, expected, "{tasks}");
        }
    }
}
