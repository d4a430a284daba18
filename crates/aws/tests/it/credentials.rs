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

/// The SHA-1 of `corp`.
const CORP_SHA1: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f";

fn ok(body: &'static str) -> Fixed {
    Fixed { status: 200, headers: &[], body }
}

async fn list_tables(
    variables: &[(&str, &str)],
    role: Option<Role<'_>>,
) -> Result<(), (String, String)> {
    let client = client(variables);
    let caller = Caller { region: "eu-west-1", account: "", token: "", role };
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

/// A home directory with the files that AWS tools share.
struct Home(tempfile::TempDir);

impl Home {
    fn with_config(config: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.write(".aws/config", config);
        home
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }
}

#[tokio::test]
async fn a_profile_assumes_its_role_with_the_keys_of_another() {
    let home = Home::with_config(
        "[profile work]\nrole_arn = arn:aws:iam::111111111111:role/work\nsource_profile = base\n\
         external_id = x-1\n[profile base]\nrole_arn = arn:aws:iam::111111111111:role/base\n\
         source_profile = base\naws_access_key_id = BASE\naws_secret_access_key = s\n",
    );
    let (url, seen) = serve(ok("{}")).await;
    let (sts, asked) = serve(ok(ASSUMED)).await;
    let variables = [
        ("AWS_ENDPOINT_URL", &*url),
        ("AWS_ENDPOINT_URL_STS", &sts),
        ("AWS_PROFILE", "work"),
        ("HOME", home.path()),
    ];
    list_tables(&variables, None).await.unwrap();
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 2, "one role after the other, once for two calls");
    assert!(asked[0].contains("role%2Fbase"), "{}", asked[0]);
    assert!(asked[1].contains("role%2Fwork") && asked[1].contains("ExternalId=x-1"));
    assert!(asked[1].contains("x-amz-security-token: session"), "with the keys of the first");
    assert!(seen.lock().unwrap()[0].contains("x-amz-security-token: session"));
}

#[tokio::test]
async fn profiles_that_lead_in_a_circle_give_no_keys() {
    let home = Home::with_config(
        "[default]\nrole_arn = arn:aws:iam::111111111111:role/a\nsource_profile = other\n\
         [profile other]\nrole_arn = arn:aws:iam::111111111111:role/b\nsource_profile = default\n",
    );
    let (error, _) = list_tables(&[("HOME", home.path())], None).await.unwrap_err();
    assert_eq!(error, "DynamoDb.SdkClientException");
}

#[tokio::test]
async fn a_container_gives_the_keys_that_assume_a_profiles_role() {
    let home = Home::with_config(
        "[default]\nrole_arn = arn:aws:iam::111111111111:role/a\ncredential_source = EcsContainer\n",
    );
    let (url, _) = serve(ok("{}")).await;
    let (sts, assumed) = serve(ok(ASSUMED)).await;
    let (keys, asked) = serve(ok(KEYS)).await;
    let variables = [
        ("AWS_ENDPOINT_URL", &*url),
        ("AWS_ENDPOINT_URL_STS", &sts),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &keys),
        ("HOME", home.path()),
    ];
    list_tables(&variables, None).await.unwrap();
    assert_eq!((asked.lock().unwrap().len(), assumed.lock().unwrap().len()), (1, 1));
}

#[tokio::test]
async fn a_command_prints_keys() {
    let keys = r#"{"Version":1,"AccessKeyId":"P","SecretAccessKey":"s","SessionToken":"printed"}"#;
    for (command, works) in [(format!("echo '{keys}'"), true), ("exit 3".to_owned(), false)] {
        let home = Home::with_config(&format!("[default]\ncredential_process = {command}\n"));
        let (url, seen) = serve(ok("{}")).await;
        let called = list_tables(&[("AWS_ENDPOINT_URL", &url), ("HOME", home.path())], None).await;
        assert_eq!(called.is_ok(), works, "{command}");
        let seen = seen.lock().unwrap();
        let signed = seen.first().is_some_and(|it| it.contains("x-amz-security-token: printed"));
        assert_eq!(signed, works);
    }
}

#[tokio::test]
async fn a_sign_on_is_exchanged_for_keys_as_long_as_it_lasts() {
    let home = Home::with_config(
        "[default]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Dev\n\
         [sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://corp.example\n",
    );
    let (url, seen) = serve(ok("{}")).await;
    let (portal, asked) = serve(ok(
        r#"{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"s","sessionToken":"signed-on","expiration":4102444800000}}"#,
    ))
    .await;
    let variables =
        [("AWS_ENDPOINT_URL", &*url), ("AWS_ENDPOINT_URL_SSO", &portal), ("HOME", home.path())];
    // The name is the SHA-1 of the session's.
    let file = ".aws/sso/cache/CORP.json".replace("CORP", CORP_SHA1);
    for (expires, works) in [("2100-01-01T00:00:00Z", true), ("2001-01-01T00:00:00Z", false)] {
        home.write(&file, &format!(r#"{{"accessToken":"token-1","expiresAt":"{expires}"}}"#));
        assert_eq!(list_tables(&variables, None).await.is_ok(), works, "{expires}");
    }
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].starts_with("GET /federation/credentials?"), "{}", asked[0]);
    assert!(asked[0].contains("role_name=Dev") && asked[0].contains("account_id=111111111111"));
    assert!(asked[0].contains("x-amz-sso_bearer_token: token-1"));
    assert!(seen.lock().unwrap()[0].contains("x-amz-security-token: signed-on"));
}
