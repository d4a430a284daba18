//! What answers look like to states.

use compasso_aws::Failure;
use expect_test::{Expect, expect};

use crate::stand_in::{Fixed, ask, serve};

const ID: &[(&str, &str)] = &[("x-amzn-requestid", "r-1")];

async fn check(resource: &str, parameters: &str, answer: Fixed, expected: Expect) {
    let (url, _) = serve(answer).await;
    let shown = match ask(&url, resource, parameters).await {
        Ok(called) => called.output.to_string(),
        Err(Failure::Error { error, cause }) => format!("{error}\n{cause}"),
        Err(Failure::TooLarge) => "too large".to_owned(),
    };
    expected.assert_eq(&shown);
}

const fn ok(body: &'static str) -> Fixed {
    Fixed { status: 200, headers: ID, body }
}

#[tokio::test]
async fn json() {
    let key = r#"{"TableName":"t"}"#;
    check(
        "aws-sdk:dynamodb:describeTable",
        key,
        ok(r#"{"Table":{"TableName":"t","CreationDateTime":1769860800.25,"ItemCount":9007199254740993,"Unknown":1,"ArchivalSummary":null}}"#),
        expect![[r#"{"Table":{"CreationDateTime":"2026-01-31T12:00:00.250Z","ItemCount":9007199254740993,"TableName":"t"}}"#]],
    )
    .await;
    check(
        "aws-sdk:kms:decrypt",
        r#"{"CiphertextBlob":"x"}"#,
        ok(r#"{"KeyId":"k","Plaintext":"aGVsbG8="}"#),
        expect![[r#"{"KeyId":"k","Plaintext":"hello"}"#]],
    )
    .await;
}

#[tokio::test]
async fn query() {
    check(
        "aws-sdk:rds:describeDBInstances",
        "{}",
        ok("<DescribeDBInstancesResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\">\
            <DescribeDBInstancesResult><DBInstances><DBInstance>\
            <DBInstanceIdentifier>d&amp;b</DBInstanceIdentifier><AllocatedStorage>20</AllocatedStorage>\
            <MultiAZ>false</MultiAZ><InstanceCreateTime>2026-01-31T12:00:00.123Z</InstanceCreateTime>\
            <VpcSecurityGroups/></DBInstance></DBInstances></DescribeDBInstancesResult>\
            <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeDBInstancesResponse>"),
        expect![[r#"{"DbInstances":[{"AllocatedStorage":20,"DbInstanceIdentifier":"d&b","InstanceCreateTime":"2026-01-31T12:00:00.123Z","MultiAZ":false,"VpcSecurityGroups":[]}]}"#]],
    )
    .await;
}

#[tokio::test]
async fn ec2() {
    check(
        "aws-sdk:ec2:describeInstances",
        "{}",
        ok("<DescribeInstancesResponse><requestId>r</requestId><reservationSet><item>\
            <reservationId>r-1</reservationId><instancesSet><item><instanceId>i-1</instanceId>\
            <instanceState><code>16</code><name>running</name></instanceState></item></instancesSet>\
            </item></reservationSet></DescribeInstancesResponse>"),
        expect![[r#"{"Reservations":[{"Instances":[{"InstanceId":"i-1","State":{"Code":16,"Name":"running"}}],"ReservationId":"r-1"}]}"#]],
    )
    .await;
}

#[tokio::test]
async fn rest() {
    check(
        "aws-sdk:s3:getObject",
        r#"{"Bucket":"b","Key":"k"}"#,
        Fixed {
            status: 200,
            headers: &[
                ("etag", "\"e\""),
                ("x-amz-meta-owner", "me"),
                ("last-modified", "Sat, 31 Jan 2026 12:00:00 GMT"),
                ("content-type", "text/plain"),
            ],
            body: "text",
        },
        expect![[r#"{"Body":"text","ContentLength":4,"ContentType":"text/plain","ETag":"\"e\"","LastModified":"2026-01-31T12:00:00Z","Metadata":{"owner":"me"}}"#]],
    )
    .await;
    check(
        "aws-sdk:s3:listObjectsV2",
        r#"{"Bucket":"b"}"#,
        ok("<?xml version=\"1.0\"?><ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated>\
            <Contents><Key>k1</Key><Size>3</Size></Contents><Contents><Key>k2</Key></Contents>\
            <CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>"),
        expect![[r#"{"CommonPrefixes":[{"Prefix":"p/"}],"Contents":[{"Key":"k1","Size":3},{"Key":"k2"}],"IsTruncated":false,"Name":"b"}"#]],
    )
    .await;
    check(
        "aws-sdk:lambda:invoke",
        r#"{"FunctionName":"f"}"#,
        Fixed {
            status: 200,
            headers: &[("x-amz-executed-version", "$LATEST")],
            body: r#"{"y":2}"#,
        },
        expect![[r#"{"ExecutedVersion":"$LATEST","Payload":"{\"y\":2}","StatusCode":200}"#]],
    )
    .await;
}

#[tokio::test]
async fn errors_have_the_names_of_the_sdk_behind_the_integration() {
    let error = |status, body| Fixed { status, headers: ID, body };
    let not_found = error(
        400,
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no table"}"#,
    );
    let get = r#"{"TableName":"t","Key":{"id":{"S":"1"}}}"#;
    check(
        "aws-sdk:dynamodb:getItem",
        get,
        not_found.clone(),
        expect![[r#"
        DynamoDb.ResourceNotFoundException
        no table (Service: DynamoDb, Status Code: 400, Request ID: r-1) (SDK Attempt Count: 1)"#]],
    )
    .await;
    check("dynamodb:getItem", get, not_found, expect![[r#"
        DynamoDB.ResourceNotFoundException
        no table (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: r-1; Proxy: null)"#]]).await;
    let unknown = error(400, r#"{"__type":"ValidationException","Message":"bad"}"#);
    check(
        "aws-sdk:dynamodb:getItem",
        get,
        unknown.clone(),
        expect![[r#"
        DynamoDb.DynamoDbException
        bad (Service: DynamoDb, Status Code: 400, Request ID: r-1) (SDK Attempt Count: 1)"#]],
    )
    .await;
    check("dynamodb:getItem", get, unknown, expect![[r#"
        DynamoDB.AmazonDynamoDBException
        bad (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: r-1; Proxy: null)"#]]).await;
}

#[tokio::test]
async fn errors_in_xml_have_the_names_of_the_sdk() {
    let fault = "<ErrorResponse><Error><Type>Sender</Type><Code>DBInstanceNotFound</Code>\
                 <Message>none</Message></Error><RequestId>r-2</RequestId></ErrorResponse>";
    let body = Fixed { status: 404, headers: &[], body: fault };
    check(
        "aws-sdk:rds:describeDBInstances",
        "{}",
        body,
        expect![[r#"
        Rds.DbInstanceNotFoundException
        none (Service: Rds, Status Code: 404, Request ID: r-2) (SDK Attempt Count: 1)"#]],
    )
    .await;
    let fault = "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>no i-1\
                 </Message></Error></Errors><RequestID>r-3</RequestID></Response>";
    let body = Fixed { status: 400, headers: &[], body: fault };
    check(
        "aws-sdk:ec2:describeInstances",
        "{}",
        body,
        expect![[r#"
        Ec2.Ec2Exception
        no i-1 (Service: Ec2, Status Code: 400, Request ID: r-3) (SDK Attempt Count: 1)"#]],
    )
    .await;
    let fault = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>\
                 <RequestId>r-4</RequestId><HostId>h</HostId></Error>";
    let body = Fixed { status: 404, headers: &[], body: fault };
    let object = r#"{"Bucket":"b","Key":"k"}"#;
    check("aws-sdk:s3:getObject", object, body, expect![[r#"
        S3.NoSuchKeyException
        The specified key does not exist. (Service: S3, Status Code: 404, Request ID: r-4, Extended Request ID: h) (SDK Attempt Count: 1)"#]]).await;
    check(
        "aws-sdk:s3:headObject",
        object,
        Fixed { status: 404, headers: ID, body: "" },
        expect![[r#"
        S3.NoSuchKeyException
        null (Service: S3, Status Code: 404, Request ID: r-1) (SDK Attempt Count: 1)"#]],
    )
    .await;
}

#[tokio::test]
async fn errors_keep_their_codes_of_old_and_may_say_nothing() {
    let message = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"none"}"#;
    let of_old = Fixed {
        status: 400,
        headers: &[("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")],
        body: message,
    };
    let send = r#"{"QueueUrl":"q","MessageBody":"m"}"#;
    check("sqs:sendMessage", send, of_old.clone(), expect![[r#"
        SQS.QueueDoesNotExistException
        none (Service: AmazonSQS; Status Code: 400; Error Code: AWS.SimpleQueueService.NonExistentQueue; Request ID: null; Proxy: null)"#]]).await;
    check(
        "aws-sdk:sqs:sendMessage",
        send,
        of_old,
        expect![[r#"
        Sqs.QueueDoesNotExistException
        none (Service: Sqs, Status Code: 400, Request ID: null) (SDK Attempt Count: 1)"#]],
    )
    .await;
    check(
        "aws-sdk:ssm:getParameter",
        r#"{"Name":"n"}"#,
        Fixed { status: 503, headers: ID, body: "busy" },
        expect![[r#"
        Ssm.SsmException
        null (Service: Ssm, Status Code: 503, Request ID: r-1) (SDK Attempt Count: 1)"#]],
    )
    .await;
}
