//! Results of calls: what is wrong with one that somebody made up for a test.

use compasso_types::{Json, Object};

use crate::models::{self, Bounded, Kind, Reference, Service, Structure};
use crate::{Call, Naming};

/// What a call answers.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    service: &'static Service,
    output: Option<&'static Structure>,
    naming: Naming,
}

/// For an operation that begins a job, the one that tells how the job is.
const POLLED: [(&str, &str); 30] = [
    ("CreateAutoMLJob", "DescribeAutoMLJob"),
    ("CreateCluster", "DescribeCluster"),
    ("CreateFargateProfile", "DescribeFargateProfile"),
    ("CreateHyperParameterTuningJob", "DescribeHyperParameterTuningJob"),
    ("CreateJob", "GetJob"),
    ("CreateLabelingJob", "DescribeLabelingJob"),
    ("CreateModelCustomizationJob", "GetModelCustomizationJob"),
    ("CreateNodegroup", "DescribeNodegroup"),
    ("CreateProcessingJob", "DescribeProcessingJob"),
    ("CreateTrainingJob", "DescribeTrainingJob"),
    ("CreateTransformJob", "DescribeTransformJob"),
    ("CreateVirtualCluster", "DescribeVirtualCluster"),
    ("DeleteCluster", "DescribeCluster"),
    ("DeleteFargateProfile", "DescribeFargateProfile"),
    ("DeleteNodegroup", "DescribeNodegroup"),
    ("DeleteVirtualCluster", "DescribeVirtualCluster"),
    ("RetryBuildBatch", "BatchGetBuildBatches"),
    ("RunJobFlow", "DescribeCluster"),
    ("RunTask", "DescribeTasks"),
    ("StartApplication", "GetApplication"),
    ("StartBuild", "BatchGetBuilds"),
    ("StartBuildBatch", "BatchGetBuildBatches"),
    ("StartCrawler", "GetCrawler"),
    ("StartExecution", "DescribeExecution"),
    ("StartJobRun", "GetJobRun"),
    ("StartQueryExecution", "GetQueryExecution"),
    ("StopApplication", "GetApplication"),
    ("SubmitJob", "DescribeJobs"),
    ("TerminateJobFlows", "DescribeCluster"),
    ("AddJobFlowSteps", "DescribeStep"),
];

impl Answer {
    /// Returns what `service:action` answers, or what its job is described by; `None` if no model
    /// says it.
    pub fn of(service: &str, action: &str, of_job: bool) -> Option<Self> {
        let (service, name, naming) = match (service, action) {
            ("lambda", "invoke") => (models::find("lambda")?, "Invoke", Naming::Optimized),
            ("states", "startExecution") => {
                (models::find("sfn")?, "StartExecution", Naming::Optimized)
            }
            _ => {
                let call = Call::of(service, action)?;
                (call.service, call.operation.name.as_str(), call.naming())
            }
        };
        let polled = POLLED.iter().find(|(begun, _)| of_job && *begun == name);
        let polled = polled.and_then(|(_, polled)| service.operation_named(polled));
        let operation = match polled {
            Some(polled) => polled,
            None => service.operation_named(name)?,
        };
        Some(Self { service, output: service.output(operation), naming })
    }

    /// Returns the first thing that is wrong with a result, in AWS's words. Members that must be
    /// there may be missing unless it is to be `complete`.
    pub fn problem(&self, result: &Object, complete: bool) -> Option<String> {
        self.structure_problem(self.output?, result, complete)
    }

    fn structure_problem(
        &self,
        structure: &Structure,
        members: &Object,
        complete: bool,
    ) -> Option<String> {
        for member in &structure.members {
            let name = member.shown(self.naming);
            let given = members.get(name.as_str()).or_else(|| members.get(member.name.as_str()));
            let problem = match given {
                Some(value) => self.value_problem(member.kind, &name, value, complete),
                None if complete && member.is_required() => {
                    Some(format!("Required field '{name}' is missing"))
                }
                None => None,
            };
            if problem.is_some() {
                return problem;
            }
        }
        None
    }

    fn value_problem(
        &self,
        kind: Reference,
        name: &str,
        value: &Json,
        complete: bool,
    ) -> Option<String> {
        let expected = match (self.service.kind(kind), value) {
            (Kind::Document | Kind::Blob, _)
            | (Kind::Timestamp(_), Json::String(_) | Json::Number(_))
            | (Kind::Boolean, Json::Bool(_)) => return None,
            (Kind::String, Json::String(_)) | (Kind::Integer | Kind::Float, Json::Number(_)) => {
                let broken = self.service.bounds(kind).and_then(|bounds| beyond(bounds, value));
                return broken.map(|how| format!("Field '{name}' {how}"));
            }
            (Kind::Structure(structure), Json::Object(members)) => {
                return self.structure_problem(structure, members, complete);
            }
            (Kind::List(list), Json::Array(items)) => {
                let problem = |item| self.value_problem(list.item, name, item, complete);
                return items.iter().find_map(problem);
            }
            (Kind::Map(map), Json::Object(members)) => {
                let problem = |(key, value): (&std::sync::Arc<str>, _)| {
                    self.value_problem(map.value, key, value, complete)
                };
                return members.iter().find_map(problem);
            }
            (Kind::String | Kind::Timestamp(_), _) => "a string",
            (Kind::Integer | Kind::Float, _) => "a number",
            (Kind::Boolean, _) => "a boolean",
            (Kind::List(_), _) => "an array",
            (Kind::Structure(_) | Kind::Map(_), _) => "an object",
        };
        Some(format!("Field '{name}' must be {expected}"))
    }
}

/// Says how a value is beyond the bounds of its kind.
fn beyond(bounds: &Bounded, value: &Json) -> Option<&'static str> {
    let (number, too_small) = match value {
        Json::String(text) => {
            if !bounds.values.is_empty() && bounds.values.iter().all(|known| **known != **text) {
                return Some("is not an expected value");
            }
            (text.chars().count() as f64, "is smaller than the minimum length")
        }
        other => (other.as_number()?.as_f64(), "is less than the minimum value"),
    };
    if bounds.min.is_some_and(|min| number < min) {
        return Some(too_small);
    }
    bounds.max.is_some_and(|max| number > max).then_some("exceeds the maximum value")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(call: (&str, &str, bool), result: &str, complete: bool, expected: Option<&str>) {
        let (service, action, of_job) = call;
        let answer = Answer::of(service, action, of_job).unwrap();
        let result = Json::parse(result).unwrap();
        let problem = answer.problem(result.as_object().unwrap(), complete);
        assert_eq!(problem.as_deref(), expected, "{call:?} {result}");
    }

    #[test]
    fn kinds_are_those_of_the_model() {
        let get_item = ("aws-sdk:dynamodb", "getItem", false);
        check(get_item, r#"{"Item":{"id":{"S":"1"}},"Other":1}"#, true, None);
        check(get_item, r#"{"Item":[]}"#, true, Some("Field 'Item' must be an object"));
        check(get_item, r#"{"Item":{"id":{"S":1}}}"#, true, Some("Field 'S' must be a string"));
        let invoke = ("lambda", "invoke", false);
        check(invoke, r#"{"Payload":{"any":1},"StatusCode":200}"#, true, None);
        check(
            invoke,
            r#"{"StatusCode":"200"}"#,
            false,
            Some("Field 'StatusCode' must be a number"),
        );
    }

    #[test]
    fn values_are_within_the_bounds_of_the_model() {
        let describe = ("aws-sdk:sfn", "describeExecution", false);
        let result = |status: &str| format!(r#"{{"Status":"{status}","Name":"n"}}"#);
        check(describe, &result("RUNNING"), false, None);
        check(describe, &result("RUNING"), false, Some("Field 'Status' is not an expected value"));
        check(
            describe,
            r#"{"Name":""}"#,
            false,
            Some("Field 'Name' is smaller than the minimum length"),
        );
        let run = ("aws-sdk:sfn", "describeMapRun", false);
        for (percentage, expected) in [
            (0, None),
            (-1, Some("Field 'ToleratedFailurePercentage' is less than the minimum value")),
            (101, Some("Field 'ToleratedFailurePercentage' exceeds the maximum value")),
        ] {
            let result = format!(r#"{{"ToleratedFailurePercentage":{percentage}}}"#);
            check(run, &result, false, expected);
        }
    }

    #[test]
    fn members_that_must_be_there_may_be_missing_if_so_asked() {
        let start = ("states", "startExecution", false);
        let arn = r#"{"ExecutionArn":"arn"}"#;
        check(start, arn, true, Some("Required field 'StartDate' is missing"));
        check(start, arn, false, None);
        let job = ("states", "startExecution", true);
        check(job, arn, true, Some("Required field 'StateMachineArn' is missing"));
    }

    #[test]
    fn what_is_polled_is_an_operation_of_a_service() {
        let is_known = |name: &str| {
            models::names().any(|service| {
                models::find(service).is_some_and(|model| model.operation_named(name).is_some())
            })
        };
        for (begun, polled) in POLLED {
            assert!(is_known(begun) && is_known(polled), "{begun} {polled}");
        }
    }
}
