//! The optimized integrations: services that are named directly, such as `sqs:sendMessage`.

/// A service that is named directly.
#[derive(Clone, Copy, Debug)]
pub struct Optimized {
    /// As in `arn:aws:states:::SERVICE:action`.
    pub service: &'static str,
    /// What error names begin with.
    pub prefix: &'static str,
    /// What causes call the service.
    pub tag: &'static str,
    /// The name of an error that the model does not know.
    pub exception: &'static str,
    /// The model that says how it is called, as in `aws-sdk:MODEL:action`; nothing if it has a way
    /// of its own.
    pub model: &'static str,
    /// Whether results tell how the call went over the wire.
    pub metadata: bool,
    /// What can be called.
    pub actions: &'static [OptimizedAction],
}

/// An action of a service that is named directly.
#[derive(Debug)]
pub struct OptimizedAction {
    /// As in `arn:aws:states:::service:ACTION`.
    pub name: &'static str,
    /// The operation of the model; nothing if no model describes the action.
    pub operation: &'static str,
    /// Whether the operation only says what the parameters are, and the action has a way of its own.
    pub adapted: bool,
    /// How tasks of it may end beside the plain request and response.
    pub patterns: Patterns,
}

/// The patterns that an action allows beside the plain request and response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patterns {
    /// `.sync`
    pub sync: bool,
    /// `.sync:2`
    pub sync2: bool,
    /// `.waitForTaskToken`
    pub token: bool,
}

impl Patterns {
    /// The plain request and response only.
    pub const PLAIN: Self = Self { sync: false, sync2: false, token: false };
    /// A job that can be waited for.
    pub const JOB: Self = Self { sync: true, ..Self::PLAIN };
    /// Something that can end by token.
    pub const TOKEN: Self = Self { token: true, ..Self::PLAIN };
    const JOB_OR_TOKEN: Self = Self { sync: true, sync2: false, token: true };
    const WORKFLOW: Self = Self { sync: true, sync2: true, token: true };
}

const PLAIN: Patterns = Patterns::PLAIN;
const JOB: Patterns = Patterns::JOB;
const TOKEN: Patterns = Patterns::TOKEN;
const JOB_OR_TOKEN: Patterns = Patterns::JOB_OR_TOKEN;

const fn action(
    name: &'static str,
    operation: &'static str,
    patterns: Patterns,
) -> OptimizedAction {
    OptimizedAction { name, operation, adapted: false, patterns }
}

/// An action that takes the parameters of an operation, but is not just a call of it.
const fn adapted(
    name: &'static str,
    operation: &'static str,
    patterns: Patterns,
) -> OptimizedAction {
    OptimizedAction { adapted: true, ..action(name, operation, patterns) }
}

/// A service with a way of its own to be called.
const fn special(service: &'static str, actions: &'static [OptimizedAction]) -> Optimized {
    Optimized { service, prefix: "", tag: "", exception: "", model: "", metadata: false, actions }
}

/// A service that is called as its model says.
const fn modelled(
    [service, prefix, tag, exception, model]: [&'static str; 5],
    actions: &'static [OptimizedAction],
) -> Optimized {
    Optimized { service, prefix, tag, exception, model, metadata: false, actions }
}

const fn with_metadata(service: Optimized) -> Optimized {
    Optimized { metadata: true, ..service }
}

/// All of them, in the order of their names.
#[rustfmt::skip]
pub const OPTIMIZED: &[Optimized] = &[
    special("apigateway", &[action("invoke", "", TOKEN)]),
    modelled(["athena", "Athena", "AmazonAthena", "AmazonAthenaException", "athena"], &[
        action("startQueryExecution", "StartQueryExecution", JOB),
        action("stopQueryExecution", "StopQueryExecution", PLAIN),
        action("getQueryExecution", "GetQueryExecution", PLAIN),
        action("getQueryResults", "GetQueryResults", PLAIN),
    ]),
    modelled(["batch", "Batch", "AWSBatch", "AWSBatchException", "batch"], &[
        action("submitJob", "SubmitJob", JOB),
    ]),
    modelled(["bedrock", "Bedrock", "Bedrock", "BedrockException", "bedrock"], &[
        action("invokeModel", "", TOKEN),
        action("createModelCustomizationJob", "CreateModelCustomizationJob", JOB_OR_TOKEN),
    ]),
    modelled(
        ["bedrockagentcore", "BedrockAgentCore", "AmazonBedrockAgentCore", "AmazonBedrockAgentCoreException", "bedrockagentcore"],
        &[adapted("invokeHarness", "InvokeHarness", PLAIN)],
    ),
    modelled(["codebuild", "CodeBuild", "AWSCodeBuild", "AWSCodeBuildException", "codebuild"], &[
        action("startBuild", "StartBuild", JOB),
        action("stopBuild", "StopBuild", PLAIN),
        action("batchDeleteBuilds", "BatchDeleteBuilds", PLAIN),
        action("batchGetReports", "BatchGetReports", PLAIN),
        action("startBuildBatch", "StartBuildBatch", JOB),
        action("stopBuildBatch", "StopBuildBatch", PLAIN),
        action("retryBuildBatch", "RetryBuildBatch", JOB),
        action("deleteBuildBatch", "DeleteBuildBatch", PLAIN),
    ]),
    special("compasso", &[
        action("process", "", TOKEN),
        action("http", "", TOKEN),
        action("signal", "", PLAIN),
        action("approve", "", TOKEN),
        action("asset-emit", "", PLAIN),
        action("await", "", TOKEN),
        action("call", "", TOKEN),
        action("email", "", PLAIN),
        action("fail", "", PLAIN),
        action("log", "", PLAIN),
        action("notify", "", PLAIN),
        action("pagerduty", "", PLAIN),
        action("pipeline", "", JOB),
        action("s3-copy", "", PLAIN),
        action("sensor", "", PLAIN),
        action("slack", "", PLAIN),
        action("sql", "", PLAIN),
        action("transform", "", PLAIN),
    ]),
    modelled(["databrew", "DataBrew", "AWSGlueDataBrew", "AWSGlueDataBrewException", "databrew"], &[
        action("startJobRun", "StartJobRun", JOB),
    ]),
    with_metadata(modelled(
        ["dynamodb", "DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException", "dynamodb"],
        &[
            action("getItem", "GetItem", PLAIN),
            action("putItem", "PutItem", PLAIN),
            action("updateItem", "UpdateItem", PLAIN),
            action("deleteItem", "DeleteItem", PLAIN),
        ],
    )),
    with_metadata(modelled(["ecs", "ECS", "AmazonECS", "AmazonECSException", "ecs"], &[
        action("runTask", "RunTask", JOB_OR_TOKEN),
    ])),
    modelled(["eks", "EKS", "AmazonEKS", "AmazonEKSException", "eks"], &[
        action("call", "", TOKEN),
        action("runJob", "", JOB_OR_TOKEN),
        action("createCluster", "CreateCluster", JOB_OR_TOKEN),
        action("deleteCluster", "DeleteCluster", JOB_OR_TOKEN),
        action("createNodegroup", "CreateNodegroup", JOB_OR_TOKEN),
        action("deleteNodegroup", "DeleteNodegroup", JOB_OR_TOKEN),
        action("createFargateProfile", "CreateFargateProfile", JOB_OR_TOKEN),
        action("deleteFargateProfile", "DeleteFargateProfile", JOB_OR_TOKEN),
    ]),
    modelled(
        ["elasticmapreduce", "EMR", "AmazonElasticMapReduce", "AmazonElasticMapReduceException", "emr"],
        &[
            adapted("createCluster", "RunJobFlow", JOB),
            action("terminateCluster", "", JOB),
            action("addStep", "", JOB),
            action("cancelStep", "", PLAIN),
            action("setClusterTerminationProtection", "", PLAIN),
            action("modifyInstanceFleetByName", "", PLAIN),
            action("modifyInstanceGroupByName", "", PLAIN),
        ],
    ),
    modelled(
        ["emr-containers", "EMRContainers", "AmazonEMRContainers", "AmazonEMRContainersException", "emrcontainers"],
        &[
            action("createVirtualCluster", "CreateVirtualCluster", PLAIN),
            action("deleteVirtualCluster", "DeleteVirtualCluster", JOB),
            action("startJobRun", "StartJobRun", JOB),
        ],
    ),
    modelled(
        ["emr-serverless", "EMRServerless", "AWSEMRServerless", "AWSEMRServerlessException", "emrserverless"],
        &[
            action("createApplication", "CreateApplication", JOB),
            action("startApplication", "StartApplication", JOB),
            action("stopApplication", "StopApplication", JOB),
            action("deleteApplication", "DeleteApplication", JOB),
            action("startJobRun", "StartJobRun", JOB),
            action("cancelJobRun", "CancelJobRun", JOB),
        ],
    ),
    modelled(["events", "EventBridge", "AmazonEventBridge", "AmazonEventBridgeException", "eventbridge"], &[
        action("putEvents", "PutEvents", TOKEN),
    ]),
    modelled(["glue", "Glue", "AWSGlue", "AWSGlueException", "glue"], &[
        action("startJobRun", "StartJobRun", JOB),
    ]),
    special("http", &[action("invoke", "", PLAIN)]),
    special("lambda", &[action("invoke", "", TOKEN)]),
    modelled(["mediaconvert", "MediaConvert", "AWSMediaConvert", "AWSMediaConvertException", "mediaconvert"], &[
        action("createJob", "CreateJob", JOB),
    ]),
    modelled(["sagemaker", "SageMaker", "AmazonSageMaker", "AmazonSageMakerException", "sagemaker"], &[
        action("createTrainingJob", "CreateTrainingJob", JOB),
        action("createTransformJob", "CreateTransformJob", JOB),
        action("createProcessingJob", "CreateProcessingJob", JOB),
        action("createHyperParameterTuningJob", "CreateHyperParameterTuningJob", JOB),
        action("createLabelingJob", "CreateLabelingJob", JOB),
        action("createModel", "CreateModel", PLAIN),
        action("createEndpointConfig", "CreateEndpointConfig", PLAIN),
        action("createEndpoint", "CreateEndpoint", PLAIN),
        action("updateEndpoint", "UpdateEndpoint", PLAIN),
    ]),
    with_metadata(modelled(["sns", "SNS", "AmazonSNS", "AmazonSNSException", "sns"], &[
        action("publish", "Publish", TOKEN),
    ])),
    with_metadata(modelled(["sqs", "SQS", "AmazonSQS", "AmazonSQSException", "sqs"], &[
        action("sendMessage", "SendMessage", TOKEN),
    ])),
    special("states", &[action("startExecution", "", Patterns::WORKFLOW)]),
];
