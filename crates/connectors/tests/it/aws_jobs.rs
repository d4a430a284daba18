//! Jobs that a task waits for, at stand-ins for the services.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use compasso_aws::AwsSettings;
use compasso_connectors::{Connectors, ConnectorsConfig};
use compasso_runtime::{TaskEnd, TaskRunner as _};
use compasso_types::Payload;

use crate::stand_in::StandIn;
use crate::workbench::{Recorder, connectors, failure, job, output};

const SUBMIT: &str = "POST /v1/submitjob";
const DESCRIBE: &str = "POST /v1/describejobs";
const TERMINATE: &str = "POST /v1/terminatejob";
const SUBMITTED: &[(u16, &str)] = &[(200, r#"{"jobArn":"a","jobId":"j-1","jobName":"n"}"#)];
const RUNNING: (u16, &str) = (200, r#"{"jobs":[{"jobId":"j-1","status":"RUNNING"}]}"#);
const SUCCEEDED: (u16, &str) =
    (200, r#"{"jobs":[{"status":"SUCCEEDED","jobId":"j-1","startedAt":1700000000123}]}"#);
const PARAMETERS: &str = r#"{"JobName":"n","JobQueue":"q","JobDefinition":"d"}"#;

fn at(service: &str, stand_in: &StandIn) -> Connectors {
    let aws = AwsSettings::default().with_endpoint(service, &stand_in.url);
    connectors(ConnectorsConfig { aws, ..ConnectorsConfig::default() })
}

#[tokio::test]
async fn a_job_is_asked_about_until_it_has_succeeded() {
    let batch = StandIn::new(&[(SUBMIT, SUBMITTED), (DESCRIBE, &[RUNNING, SUCCEEDED])]).await;
    let recorder = Arc::new(Recorder::default());
    let task = job("batch:submitJob.sync", PARAMETERS);
    let end = at("Batch", &batch).run(task, recorder.reporter()).await;
    let TaskEnd::Finished(Ok(result)) = end else { panic!("{end:?}") };
    assert_eq!(result.text(), r#"{"JobId":"j-1","StartedAt":1700000000123,"Status":"SUCCEEDED"}"#);
    let submitted = recorder.submitted.lock().unwrap();
    let submitted: Vec<&str> = submitted.iter().map(Payload::text).collect();
    assert_eq!(submitted, [r#"{"JobArn":"a","JobId":"j-1","JobName":"n"}"#]);
    assert_eq!(batch.calls(DESCRIBE), [r#"{"jobs":["j-1"]}"#; 2]);
    assert!(batch.calls(SUBMIT)[0].contains("STARTED_BY_STEP_FUNCTIONS"));
    assert!(batch.calls(TERMINATE).is_empty());
}

#[tokio::test]
async fn a_job_that_fails_fails_the_task_with_its_description() {
    let failed = (200, r#"{"jobs":[{"status":"FAILED","jobId":"j-1","statusReason":"no"}]}"#);
    let batch = StandIn::new(&[(SUBMIT, SUBMITTED), (DESCRIBE, &[failed])]).await;
    let ended = failure(&at("Batch", &batch), job("batch:submitJob.sync", PARAMETERS)).await;
    assert_eq!(ended.0, "States.TaskFailed");
    assert_eq!(ended.1, r#"{"JobId":"j-1","Status":"FAILED","StatusReason":"no"}"#);
}

#[tokio::test]
async fn a_submission_that_is_refused_is_the_services_error() {
    let refused = (400, r#"{"code":"ClientException","message":"no such queue"}"#);
    let batch = StandIn::new(&[(SUBMIT, &[refused])]).await;
    let (error, cause) =
        failure(&at("Batch", &batch), job("batch:submitJob.sync", PARAMETERS)).await;
    assert_eq!(error, "Batch.ClientException");
    assert!(cause.contains("no such queue"), "{cause}");
}

#[tokio::test]
async fn a_job_submitted_before_a_restart_is_only_waited_for() {
    let batch = StandIn::new(&[(DESCRIBE, &[SUCCEEDED])]).await;
    let mut task = job("batch:submitJob.sync", PARAMETERS);
    task.offer.submitted = Some(Payload::parse(r#"{"JobId":"j-0"}"#).unwrap());
    output(&at("Batch", &batch), task).await;
    assert!(batch.calls(SUBMIT).is_empty());
    assert_eq!(batch.calls(DESCRIBE), [r#"{"jobs":["j-0"]}"#]);
}

#[tokio::test]
async fn services_in_trouble_are_asked_again() {
    let troubles = &[(500, "{}"), (429, r#"{"code":"TooManyRequestsException"}"#), SUCCEEDED];
    let batch = StandIn::new(&[(SUBMIT, SUBMITTED), (DESCRIBE, troubles)]).await;
    output(&at("Batch", &batch), job("batch:submitJob.sync", PARAMETERS)).await;
    assert_eq!(batch.calls(DESCRIBE).len(), 3);
}

#[tokio::test]
async fn a_job_that_nobody_waits_for_any_more_is_cancelled() {
    let batch =
        StandIn::new(&[(SUBMIT, SUBMITTED), (DESCRIBE, &[RUNNING]), (TERMINATE, &[(200, "{}")])])
            .await;
    let recorder = Arc::new(Recorder::default());
    let task = job("batch:submitJob.sync", PARAMETERS);
    let running = tokio::spawn(at("Batch", &batch).run(task, recorder.reporter()));
    batch.first_call(DESCRIBE).await;
    running.abort();
    assert!(batch.first_call(TERMINATE).await.contains(r#""jobId":"j-1""#));
}

#[tokio::test]
async fn a_job_whose_submission_is_still_being_stored_is_cancelled_too() {
    let batch = StandIn::new(&[(SUBMIT, SUBMITTED), (TERMINATE, &[(200, "{}")])]).await;
    let recorder = Arc::new(Recorder::default());
    recorder.keeps_waiting.store(true, Ordering::Relaxed);
    let task = job("batch:submitJob.sync", PARAMETERS);
    let running = tokio::spawn(at("Batch", &batch).run(task, recorder.reporter()));
    recorder.first_submitted().await;
    running.abort();
    assert!(batch.first_call(TERMINATE).await.contains(r#""jobId":"j-1""#));
}

#[tokio::test]
async fn a_server_that_ends_leaves_its_jobs_alone() {
    let batch = StandIn::new(&[(SUBMIT, SUBMITTED), (DESCRIBE, &[RUNNING])]).await;
    let recorder = Arc::new(Recorder::default());
    let task = job("batch:submitJob.sync", PARAMETERS);
    let running = tokio::spawn(at("Batch", &batch).run(task, recorder.reporter()));
    batch.first_call(DESCRIBE).await;
    recorder.shutting_down.store(true, Ordering::Relaxed);
    running.abort();
    assert!(running.await.is_err_and(|error| error.is_cancelled()));
    assert!(batch.calls(TERMINATE).is_empty());
}

#[tokio::test]
async fn what_is_deleted_has_succeeded_when_it_is_gone() {
    let cluster = (200, r#"{"cluster":{"name":"c","status":"DELETING"}}"#);
    let gone = (404, r#"{"__type":"ResourceNotFoundException","message":"no c"}"#);
    let eks =
        StandIn::new(&[("DELETE /clusters/c", &[cluster]), ("GET /clusters/c", &[cluster, gone])])
            .await;
    let deleted = output(&at("EKS", &eks), job("eks:deleteCluster.sync", r#"{"Name":"c"}"#)).await;
    assert_eq!(deleted.to_string(), r#"{"Cluster":{"Name":"c","Status":"DELETING"}}"#);
}

#[tokio::test]
async fn tasks_of_ecs_end_with_their_containers() {
    let started = (
        200,
        r#"{"failures":[],"tasks":[{"taskArn":"t","clusterArn":"c","lastStatus":"PENDING"}]}"#,
    );
    let stopped = (
        200,
        r#"{"tasks":[{"taskArn":"t","lastStatus":"STOPPED","containers":[{"exitCode":2}]}]}"#,
    );
    let ecs = StandIn::new(&[("RunTask", &[started]), ("DescribeTasks", &[stopped])]).await;
    let parameters = r#"{"TaskDefinition":"d","Cluster":"c"}"#;
    let (error, cause) = failure(&at("ECS", &ecs), job("ecs:runTask.sync", parameters)).await;
    assert_eq!(error, "States.TaskFailed");
    assert_eq!(cause, r#"{"Containers":[{"ExitCode":2}],"LastStatus":"STOPPED","TaskArn":"t"}"#);
    assert!(ecs.calls("RunTask")[0].contains(r#""startedBy":"AWS Step Functions""#));
    assert_eq!(ecs.calls("DescribeTasks"), [r#"{"cluster":"c","tasks":["t"]}"#]);
}

#[tokio::test]
async fn jobs_without_an_id_are_found_by_their_name() {
    let created = (200, r#"{"TrainingJobArn":"a"}"#);
    let completed = (200, r#"{"TrainingJobName":"t","TrainingJobStatus":"Completed"}"#);
    let sagemaker =
        StandIn::new(&[("CreateTrainingJob", &[created]), ("DescribeTrainingJob", &[completed])])
            .await;
    let parameters = r#"{"TrainingJobName":"t","RoleArn":"r"}"#;
    let task = job("sagemaker:createTrainingJob.sync", parameters);
    let described = output(&at("SageMaker", &sagemaker), task).await;
    assert_eq!(described.to_string(), r#"{"TrainingJobName":"t","TrainingJobStatus":"Completed"}"#);
    assert_eq!(sagemaker.calls("DescribeTrainingJob"), [r#"{"TrainingJobName":"t"}"#]);
}

#[tokio::test]
async fn instants_of_a_description_are_milliseconds() {
    let started = (200, r#"{"JobRunId":"jr"}"#);
    let ended =
        (200, r#"{"JobRun":{"Id":"jr","JobRunState":"SUCCEEDED","CompletedOn":1.7000000005E9}}"#);
    let glue = StandIn::new(&[("StartJobRun", &[started]), ("GetJobRun", &[ended])]).await;
    let task = job("glue:startJobRun.sync", r#"{"JobName":"n"}"#);
    assert_eq!(
        output(&at("Glue", &glue), task).await.to_string(),
        r#"{"CompletedOn":1700000000500,"Id":"jr","JobRunState":"SUCCEEDED"}"#
    );
    assert_eq!(glue.calls("GetJobRun"), [r#"{"JobName":"n","RunId":"jr"}"#]);
}

#[tokio::test]
async fn actions_of_emr_have_members_of_their_own() {
    let cluster = (200, r#"{"Cluster":{"Id":"c","Status":{"State":"WAITING"}}}"#);
    let step = (200, r#"{"Step":{"Id":"s","Status":{"State":"COMPLETED"}}}"#);
    let fleets = (200, r#"{"InstanceFleets":[{"Id":"f-1","Name":"x"},{"Id":"f-2","Name":"y"}]}"#);
    let emr = StandIn::new(&[
        ("RunJobFlow", &[(200, r#"{"JobFlowId":"c","ClusterArn":"a"}"#)]),
        ("DescribeCluster", &[cluster]),
        ("AddJobFlowSteps", &[(200, r#"{"StepIds":["s"]}"#)]),
        ("DescribeStep", &[step]),
        ("ListInstanceFleets", &[fleets]),
        ("ModifyInstanceFleet", &[(200, "")]),
    ])
    .await;
    let connectors = at("EMR", &emr);
    let create = r#"{"Name":"n","Instances":{"KeepJobFlowAliveWhenNoSteps":true}}"#;
    assert_eq!(
        output(&connectors, job("elasticmapreduce:createCluster.sync", create)).await.to_string(),
        r#"{"Cluster":{"Id":"c","Status":{"State":"WAITING"}},"ClusterArn":"a","ClusterId":"c"}"#
    );
    let step = r#"{"ClusterId":"c","Step":{"Name":"s","HadoopJarStep":{"Jar":"j"}}}"#;
    assert_eq!(
        output(&connectors, job("elasticmapreduce:addStep.sync", step)).await.to_string(),
        r#"{"Step":{"Id":"s","Status":{"State":"COMPLETED"}},"StepId":"s"}"#
    );
    assert_eq!(
        emr.calls("AddJobFlowSteps"),
        [r#"{"JobFlowId":"c","Steps":[{"Name":"s","HadoopJarStep":{"Jar":"j"}}]}"#]
    );
    let change =
        r#"{"ClusterId":"c","InstanceFleetName":"y","InstanceFleet":{"TargetSpotCapacity":3}}"#;
    let task = job("elasticmapreduce:modifyInstanceFleetByName", change);
    assert_eq!(output(&connectors, task).await.to_string(), "{}");
    assert_eq!(
        emr.calls("ModifyInstanceFleet"),
        [r#"{"ClusterId":"c","InstanceFleet":{"InstanceFleetId":"f-2","TargetSpotCapacity":3}}"#]
    );
}
