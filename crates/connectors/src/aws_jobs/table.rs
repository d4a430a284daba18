//! The table of jobs. Statuses, operations and members are the services' own.

use super::kinds::{End, JobKind, kind, status};

const BUILD: End =
    status("BuildStatus", &["SUCCEEDED"], &["FAILED", "FAULT", "TIMED_OUT", "STOPPED"]);
const BUILD_BATCH: End =
    status("BuildBatchStatus", &["SUCCEEDED"], &["FAILED", "FAULT", "TIMED_OUT", "STOPPED"]);

/// All of them, in the order of their services' names.
#[rustfmt::skip]
pub(super) const KINDS: &[JobKind] = &[
    kind(
        ["athena", "startQueryExecution"],
        ["GetQueryExecution", r#"{"QueryExecutionId":"@QueryExecutionId"}"#, "QueryExecution"],
        status("Status.State", &["SUCCEEDED"], &["FAILED", "CANCELLED"]),
    )
    .in_member("QueryExecution")
    .cancelled_by("StopQueryExecution", r#"{"QueryExecutionId":"@QueryExecutionId"}"#),
    kind(
        ["batch", "submitJob"],
        ["DescribeJobs", r#"{"Jobs":["@JobId"]}"#, "Jobs.0"],
        status("Status", &["SUCCEEDED"], &["FAILED"]),
    )
    .cancelled_by("TerminateJob", r#"{"JobId":"@JobId","Reason":"The execution that waits for the job has ended"}"#),
    kind(
        ["bedrock", "createModelCustomizationJob"],
        ["GetModelCustomizationJob", r#"{"JobIdentifier":"@JobArn"}"#, ""],
        status("Status", &["Completed"], &["Failed", "Stopped"]),
    )
    .cancelled_by("StopModelCustomizationJob", r#"{"JobIdentifier":"@JobArn"}"#),
    kind(["codebuild", "startBuild"], ["BatchGetBuilds", r#"{"Ids":["@Build.Id"]}"#, "Builds.0"], BUILD)
        .in_member("Build")
        .cancelled_by("StopBuild", r#"{"Id":"@Build.Id"}"#),
    kind(
        ["codebuild", "startBuildBatch"],
        ["BatchGetBuildBatches", r#"{"Ids":["@BuildBatch.Id"]}"#, "BuildBatches.0"],
        BUILD_BATCH,
    )
    .in_member("BuildBatch")
    .cancelled_by("StopBuildBatch", r#"{"Id":"@BuildBatch.Id"}"#),
    kind(
        ["codebuild", "retryBuildBatch"],
        ["BatchGetBuildBatches", r#"{"Ids":["@BuildBatch.Id"]}"#, "BuildBatches.0"],
        BUILD_BATCH,
    )
    .in_member("BuildBatch")
    .cancelled_by("StopBuildBatch", r#"{"Id":"@BuildBatch.Id"}"#),
    kind(
        ["databrew", "startJobRun"],
        ["DescribeJobRun", r#"{"Name":"@Name","RunId":"@RunId"}"#, ""],
        status("State", &["SUCCEEDED"], &["FAILED", "STOPPED", "TIMEOUT"]),
    )
    .cancelled_by("StopJobRun", r#"{"Name":"@Name","RunId":"@RunId"}"#),
    kind(
        ["ecs", "runTask"],
        ["DescribeTasks", r#"{"Cluster":"@Tasks.0.ClusterArn","Tasks":"@Tasks.*.TaskArn"}"#, "Tasks"],
        End::Containers,
    )
    .cancelled_by("StopTask", r#"{"Cluster":"@Tasks.0.ClusterArn","Task":"@Tasks.0.TaskArn","Reason":"The execution that waits for the task has ended"}"#),
    kind(
        ["eks", "createCluster"],
        ["DescribeCluster", r#"{"Name":"@Cluster.Name"}"#, "Cluster"],
        status("Status", &["ACTIVE"], &["FAILED"]),
    )
    .in_member("Cluster"),
    kind(
        ["eks", "deleteCluster"],
        ["DescribeCluster", r#"{"Name":"@Cluster.Name"}"#, "Cluster"],
        status("Status", &[], &["FAILED"]),
    )
    .in_member("Cluster")
    .until_gone(),
    kind(
        ["eks", "createNodegroup"],
        ["DescribeNodegroup", r#"{"ClusterName":"@Nodegroup.ClusterName","NodegroupName":"@Nodegroup.NodegroupName"}"#, "Nodegroup"],
        status("Status", &["ACTIVE"], &["CREATE_FAILED", "DEGRADED"]),
    )
    .in_member("Nodegroup"),
    kind(
        ["eks", "deleteNodegroup"],
        ["DescribeNodegroup", r#"{"ClusterName":"@Nodegroup.ClusterName","NodegroupName":"@Nodegroup.NodegroupName"}"#, "Nodegroup"],
        status("Status", &[], &["DELETE_FAILED"]),
    )
    .in_member("Nodegroup")
    .until_gone(),
    kind(
        ["eks", "createFargateProfile"],
        ["DescribeFargateProfile", r#"{"ClusterName":"@FargateProfile.ClusterName","FargateProfileName":"@FargateProfile.FargateProfileName"}"#, "FargateProfile"],
        status("Status", &["ACTIVE"], &["CREATE_FAILED"]),
    )
    .in_member("FargateProfile"),
    kind(
        ["eks", "deleteFargateProfile"],
        ["DescribeFargateProfile", r#"{"ClusterName":"@FargateProfile.ClusterName","FargateProfileName":"@FargateProfile.FargateProfileName"}"#, "FargateProfile"],
        status("Status", &[], &["DELETE_FAILED"]),
    )
    .in_member("FargateProfile")
    .until_gone(),
    kind(
        ["elasticmapreduce", "createCluster"],
        ["DescribeCluster", r#"{"ClusterId":"@ClusterId"}"#, "Cluster"],
        status("Status.State", &["WAITING", "RUNNING"], &["TERMINATED", "TERMINATED_WITH_ERRORS"]),
    )
    .in_member("Cluster")
    .with_answer()
    .cancelled_by("TerminateJobFlows", r#"{"JobFlowIds":["@ClusterId"]}"#),
    kind(
        ["elasticmapreduce", "terminateCluster"],
        ["DescribeCluster", r#"{"ClusterId":"@ClusterId"}"#, "Cluster"],
        status("Status.State", &["TERMINATED", "TERMINATED_WITH_ERRORS"], &[]),
    )
    .in_member("Cluster"),
    kind(
        ["elasticmapreduce", "addStep"],
        ["DescribeStep", r#"{"ClusterId":"@ClusterId","StepId":"@StepId"}"#, "Step"],
        status("Status.State", &["COMPLETED"], &["CANCELLED", "FAILED", "INTERRUPTED"]),
    )
    .in_member("Step")
    .with_answer()
    .cancelled_by("CancelSteps", r#"{"ClusterId":"@ClusterId","StepIds":["@StepId"]}"#),
    kind(
        ["emr-containers", "deleteVirtualCluster"],
        ["DescribeVirtualCluster", r#"{"Id":"@Id"}"#, "VirtualCluster"],
        status("State", &["TERMINATED"], &["ARRESTED"]),
    )
    .until_gone(),
    kind(
        ["emr-containers", "startJobRun"],
        ["DescribeJobRun", r#"{"Id":"@Id","VirtualClusterId":"@VirtualClusterId"}"#, "JobRun"],
        status("State", &["COMPLETED"], &["FAILED", "CANCELLED"]),
    )
    .cancelled_by("CancelJobRun", r#"{"Id":"@Id","VirtualClusterId":"@VirtualClusterId"}"#),
    kind(
        ["emr-serverless", "createApplication"],
        ["GetApplication", r#"{"ApplicationId":"@ApplicationId"}"#, "Application"],
        status("State", &["CREATED", "STARTING", "STARTED"], &["TERMINATED"]),
    ),
    kind(
        ["emr-serverless", "startApplication"],
        ["GetApplication", r#"{"ApplicationId":"@ApplicationId"}"#, "Application"],
        status("State", &["STARTED"], &["STOPPING", "STOPPED", "TERMINATED"]),
    ),
    kind(
        ["emr-serverless", "stopApplication"],
        ["GetApplication", r#"{"ApplicationId":"@ApplicationId"}"#, "Application"],
        status("State", &["STOPPED"], &["TERMINATED"]),
    ),
    kind(
        ["emr-serverless", "deleteApplication"],
        ["GetApplication", r#"{"ApplicationId":"@ApplicationId"}"#, "Application"],
        status("State", &["TERMINATED"], &[]),
    )
    .until_gone(),
    kind(
        ["emr-serverless", "startJobRun"],
        ["GetJobRun", r#"{"ApplicationId":"@ApplicationId","JobRunId":"@JobRunId"}"#, "JobRun"],
        status("State", &["SUCCESS"], &["FAILED", "CANCELLED"]),
    )
    .cancelled_by("CancelJobRun", r#"{"ApplicationId":"@ApplicationId","JobRunId":"@JobRunId"}"#),
    kind(
        ["emr-serverless", "cancelJobRun"],
        ["GetJobRun", r#"{"ApplicationId":"@ApplicationId","JobRunId":"@JobRunId"}"#, "JobRun"],
        status("State", &["CANCELLED"], &["SUCCESS", "FAILED"]),
    ),
    kind(
        ["glue", "startJobRun"],
        ["GetJobRun", r#"{"JobName":"@JobName","RunId":"@JobRunId"}"#, "JobRun"],
        status("JobRunState", &["SUCCEEDED"], &["FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"]),
    )
    .cancelled_by("BatchStopJobRun", r#"{"JobName":"@JobName","JobRunIds":["@JobRunId"]}"#),
    kind(
        ["mediaconvert", "createJob"],
        ["GetJob", r#"{"Id":"@Job.Id"}"#, "Job"],
        status("Status", &["COMPLETE"], &["ERROR", "CANCELED"]),
    )
    .in_member("Job")
    .cancelled_by("CancelJob", r#"{"Id":"@Job.Id"}"#),
    kind(
        ["sagemaker", "createHyperParameterTuningJob"],
        ["DescribeHyperParameterTuningJob", r#"{"HyperParameterTuningJobName":"@HyperParameterTuningJobName"}"#, ""],
        status("HyperParameterTuningJobStatus", &["Completed"], &["Failed", "Stopped"]),
    )
    .cancelled_by("StopHyperParameterTuningJob", r#"{"HyperParameterTuningJobName":"@HyperParameterTuningJobName"}"#),
    kind(
        ["sagemaker", "createLabelingJob"],
        ["DescribeLabelingJob", r#"{"LabelingJobName":"@LabelingJobName"}"#, ""],
        status("LabelingJobStatus", &["Completed"], &["Failed", "Stopped"]),
    )
    .cancelled_by("StopLabelingJob", r#"{"LabelingJobName":"@LabelingJobName"}"#),
    kind(
        ["sagemaker", "createProcessingJob"],
        ["DescribeProcessingJob", r#"{"ProcessingJobName":"@ProcessingJobName"}"#, ""],
        status("ProcessingJobStatus", &["Completed"], &["Failed", "Stopped"]),
    )
    .cancelled_by("StopProcessingJob", r#"{"ProcessingJobName":"@ProcessingJobName"}"#),
    kind(
        ["sagemaker", "createTrainingJob"],
        ["DescribeTrainingJob", r#"{"TrainingJobName":"@TrainingJobName"}"#, ""],
        status("TrainingJobStatus", &["Completed"], &["Failed", "Stopped"]),
    )
    .cancelled_by("StopTrainingJob", r#"{"TrainingJobName":"@TrainingJobName"}"#),
    kind(
        ["sagemaker", "createTransformJob"],
        ["DescribeTransformJob", r#"{"TransformJobName":"@TransformJobName"}"#, ""],
        status("TransformJobStatus", &["Completed"], &["Failed", "Stopped"]),
    )
    .cancelled_by("StopTransformJob", r#"{"TransformJobName":"@TransformJobName"}"#),
];
