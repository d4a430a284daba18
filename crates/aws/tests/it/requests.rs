//! What calls look like on the wire, one protocol after the other.

use expect_test::{Expect, expect};

use crate::stand_in::{Fixed, ask, serve};

async fn check(resource: &str, parameters: &str, expected: Expect) {
    let (url, seen) = serve(Fixed { status: 200, headers: &[], body: "" }).await;
    let called = ask(&url, resource, parameters).await;
    assert!(called.is_ok(), "{called:?}");
    expected.assert_eq(&seen.lock().unwrap().concat().replace('&', "\n  &"));
}

#[tokio::test]
async fn json() {
    check(
        "aws-sdk:kinesis:putRecord",
        r#"{"StreamName":"s","PartitionKey":"p","Data":{"a":1}}"#,
        expect![[r#"
            POST /
            content-type: application/x-amz-json-1.1
            x-amz-target: Kinesis_20131202.PutRecord
            {"StreamName":"s","Data":"eyJhIjoxfQ==","PartitionKey":"p"}"#]],
    )
    .await;
    check(
        "aws-sdk:cloudwatchlogs:getQueryResults",
        r#"{"QueryId":"q"}"#,
        expect![[r#"
        POST /
        content-type: application/x-amz-json-1.1
        x-amz-target: Logs_20140328.GetQueryResults
        {"queryId":"q"}"#]],
    )
    .await;
}

#[tokio::test]
async fn rest_json() {
    check(
        "aws-sdk:lambda:invoke",
        r#"{"FunctionName":"f:1","Qualifier":"a b","InvocationType":"Event","Payload":{"x":1}}"#,
        expect![[r#"
            POST /2015-03-31/functions/f%3A1/invocations?Qualifier=a%20b
            x-amz-invocation-type: Event
            content-type: application/octet-stream
            {"x":1}"#]],
    )
    .await;
    check(
        "aws-sdk:scheduler:createSchedule",
        r#"{"Name":"n","ScheduleExpression":"rate(1 minute)","StartDate":"2026-01-31T12:00:00Z","FlexibleTimeWindow":{"Mode":"OFF"},"Target":{"Arn":"a","RoleArn":"r"}}"#,
        expect![[r#"
            POST /schedules/n
            content-type: application/json
            {"ScheduleExpression":"rate(1 minute)","StartDate":1769860800,"Target":{"Arn":"a","RoleArn":"r"},"FlexibleTimeWindow":{"Mode":"OFF"},"ClientToken":"token-1"}"#]],
    )
    .await;
    check(
        "aws-sdk:batch:listTagsForResource",
        r#"{"ResourceArn":"arn:aws:batch:r:1:job/j"}"#,
        expect![[r#"
            GET /v1/tags/arn%3Aaws%3Abatch%3Ar%3A1%3Ajob%2Fj
        "#]],
    )
    .await;
}

#[tokio::test]
async fn query() {
    check(
        "aws-sdk:sns:publish",
        r#"{"TopicArn":"t","Message":"a&b c","MessageAttributes":{"k":{"DataType":"String","StringValue":"v"}}}"#,
        expect![[r#"
            POST /
            content-type: application/x-www-form-urlencoded; charset=utf-8
            Action=Publish
              &Version=2010-03-31
              &TopicArn=t
              &Message=a%26b%20c
              &MessageAttributes.entry.1.Name=k
              &MessageAttributes.entry.1.Value.DataType=String
              &MessageAttributes.entry.1.Value.StringValue=v"#]],
    )
    .await;
    check(
        "aws-sdk:rds:describeDBInstances",
        r#"{"DbInstanceIdentifier":"d","Filters":[{"Name":"n","Values":["x","y"]}]}"#,
        expect![[r#"
            POST /
            content-type: application/x-www-form-urlencoded; charset=utf-8
            Action=DescribeDBInstances
              &Version=2014-10-31
              &DBInstanceIdentifier=d
              &Filters.Filter.1.Name=n
              &Filters.Filter.1.Values.Value.1=x
              &Filters.Filter.1.Values.Value.2=y"#]],
    )
    .await;
    check(
        "aws-sdk:elasticloadbalancingv2:describeLoadBalancers",
        r#"{"Names":[]}"#,
        expect![[r#"
            POST /
            content-type: application/x-www-form-urlencoded; charset=utf-8
            Action=DescribeLoadBalancers
              &Version=2015-12-01
              &Names="#]],
    )
    .await;
}

#[tokio::test]
async fn ec2() {
    check(
        "aws-sdk:ec2:describeInstances",
        r#"{"InstanceIds":["i-1","i-2"],"Filters":[{"Name":"n","Values":["v"]}],"MaxResults":5}"#,
        expect![[r#"
            POST /
            content-type: application/x-www-form-urlencoded; charset=utf-8
            Action=DescribeInstances
              &Version=2016-11-15
              &InstanceId.1=i-1
              &InstanceId.2=i-2
              &Filter.1.Name=n
              &Filter.1.Value.1=v
              &MaxResults=5"#]],
    )
    .await;
}

#[tokio::test]
async fn rest_xml() {
    check(
        "aws-sdk:s3:putObject",
        r#"{"Bucket":"b","Key":"a b/ü+","Body":{"x":1},"Metadata":{"M":"v"},"Expires":"2026-01-31T12:00:00Z"}"#,
        expect![[r#"
            PUT /b/a%20b/%C3%BC%2B
            expires: 2026-01-31T12:00:00Z
            x-amz-meta-m: v
            content-type: application/octet-stream
            {"x":1}"#]],
    )
    .await;
    check(
        "aws-sdk:s3:deleteObjects",
        r#"{"Bucket":"b","Delete":{"Objects":[{"Key":"a<b"},{"Key":"c"}],"Quiet":true}}"#,
        expect![[r#"
            POST /b?delete
            content-type: application/xml
            content-md5: O4tuqmWJmiFeSIhRpKGI4A==
            <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a
              &lt;b</Key></Object><Object><Key>c</Key></Object><Quiet>true</Quiet></Delete>"#]],
    )
    .await;
    check(
        "aws-sdk:s3:putBucketAcl",
        r#"{"Bucket":"b","AccessControlPolicy":{"Grants":[{"Grantee":{"Id":"i","Type":"CanonicalUser"},"Permission":"READ"}]}}"#,
        expect![[r#"
            PUT /b?acl
            content-type: application/xml
            content-md5: O/weF59rrIBm20xo+dV2cg==
            <AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>i</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"#]],
    )
    .await;
    check(
        "aws-sdk:s3:listObjectsV2",
        r#"{"Bucket":"b","Prefix":"p/","MaxKeys":7}"#,
        expect![[r#"
            GET /b?list-type=2
              &max-keys=7
              &prefix=p%2F
        "#]],
    )
    .await;
    check(
        "aws-sdk:route53:changeResourceRecordSets",
        r#"{"HostedZoneId":"Z","ChangeBatch":{"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":"n","Type":"A","Ttl":60,"ResourceRecords":[{"Value":"1.2.3.4"}]}}]}}"#,
        expect![[r#"
            POST /2013-04-01/hostedzone/Z/rrset/
            content-type: application/xml
            <ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change><Action>UPSERT</Action><ResourceRecordSet><Name>n</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>1.2.3.4</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"#]],
    )
    .await;
}

#[tokio::test]
async fn tokens_that_are_not_given_are_made_up() {
    check(
        "aws-sdk:ecs:runTask",
        r#"{"TaskDefinition":"t"}"#,
        expect![[r#"
        POST /
        content-type: application/x-amz-json-1.1
        x-amz-target: AmazonEC2ContainerServiceV20141113.RunTask
        {"taskDefinition":"t","clientToken":"token-1"}"#]],
    )
    .await;
}
