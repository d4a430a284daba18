//! Where keys come from, and other roles.

use compasso_aws::{Caller, Failure, Role};
use compasso_types::Json;

use crate::stand_in::{Fixed, call, client, serve};

const KEYS: &str = r#"{"AccessKeyId":"TEMPORARY","SecretAccessKey":"s","Token":"session","Expiration":"2100-01-01T00:00:00Z"}"#;
const ASSUMED: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials>\
    <AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
    <SessionToken>session</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>\
    </Credentials></AssumeRoleResult></AssumeRoleResponse>";
const ROLE: Role<'_> = Role {
    arn: "arn:aws:iam::111111111111:role/other",
    of: "arn:aws:iam::123456789012:role/own",
    session: "e 1",
};

fn ok(body: &'static str) -> Fixed {
    Fixed { status: 200, headers: &[], body }
}

async fn list_tables(
    variables: &[(&str, &str)],
    role: Option<Role<'_>>,
) -> Result<(), (String, String)> {
    let client = client(variables);
    let caller = Caller { region: "eu-west-1", token: "", role };
    let call = call("aws-sdk:dynamodb:listTables");
    for _ in 0..2 {
        match client.call(&call, &Json::empty_object(), caller).await {
            Ok(_) => {}
            Err(Failure::Error { error, cause }) => return Err((error, cause)),
            Err(Failure::TooLarge) => unreachable!("the answers are small"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_container_and_a_machine_give_keys_that_are_kept() {
    let (url, seen) = serve(ok("{}")).await;
    let (keys, asked) = serve(ok(KEYS)).await;
    let uri = format!("{keys}/role");
    let container = [
        ("AWS_ENDPOINT_URL", &*url),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret"),
    ];
    list_tables(&container, None).await.unwrap();
    assert_eq!(*asked.lock().unwrap(), ["GET /role\n"], "asked once for two calls");
    assert!(seen.lock().unwrap()[1].contains("x-amz-security-token: session"));
}

#[tokio::test]
async fn another_role_is_assumed_once() {
    let (url, seen) = serve(ok("{}")).await;
    let (sts, asked) = serve(ok(ASSUMED)).await;
    let variables = [("AWS_ENDPOINT_URL", &*url), ("AWS_ENDPOINT_URL_STS", &sts)];
    list_tables(&variables, Some(ROLE)).await.unwrap();
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains("RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fother"));
    assert!(asked[0].contains("RoleSessionName=e1"), "{}", asked[0]);
    assert!(seen.lock().unwrap()[0].contains("x-amz-security-token: session"));
}

#[tokio::test]
async fn a_role_that_is_refused_fails_the_task() {
    let refusal = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>\
                   </ErrorResponse>";
    let (sts, _) = serve(Fixed { status: 403, headers: &[], body: refusal }).await;
    let (error, cause) = list_tables(&[("AWS_ENDPOINT_URL", &sts)], Some(ROLE)).await.unwrap_err();
    assert_eq!(error, "States.TaskFailed");
    assert_eq!(
        cause,
        "The role arn:aws:iam::123456789012:role/own is not authorized to assume the task state's \
         role, arn:aws:iam::111111111111:role/other."
    );
}

#[tokio::test]
async fn a_web_identity_is_exchanged_for_keys() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    std::fs::write(&file, "identity\n").unwrap();
    let answer = ASSUMED.replace("AssumeRole", "AssumeRoleWithWebIdentity");
    let (sts, asked) = serve(ok(Box::leak(answer.into_boxed_str()))).await;
    let (url, seen) = serve(ok("{}")).await;
    let variables = [
        ("AWS_ENDPOINT_URL", &*url),
        ("AWS_ENDPOINT_URL_STS", &sts),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap()),
        ("AWS_ROLE_ARN", ROLE.of),
    ];
    list_tables(&variables, None).await.unwrap();
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains("WebIdentityToken=identity"), "{}", asked[0]);
    assert!(seen.lock().unwrap()[0].contains("x-amz-security-token: session"));
}

#[tokio::test]
async fn without_keys_nothing_goes_to_aws_itself() {
    let (metadata, _) = serve(Fixed { status: 404, headers: &[], body: "" }).await;
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*metadata)];
    let (error, cause) = list_tables(&variables, None).await.unwrap_err();
    assert_eq!(error, "DynamoDb.SdkClientException");
    assert!(cause.starts_with("Unable to load credentials"), "{cause}");
}
