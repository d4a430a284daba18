//! Keys that a container or a machine is given by the network around it.

use std::time::Duration;

use compasso_types::Json;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};

use super::chain::Temporary;
use crate::{Credentials, Environment, Request};

/// Longest wait for an answer: where there is no such service, nobody answers at all.
const TIMEOUT: Duration = Duration::from_secs(2);
const ANSWER_BYTES_MAX: usize = 64 * 1024;

const CONTAINER_HOST: &str = "http://169.254.170.2";
const MACHINE_HOST: &str = "http://169.254.169.254";
const MACHINE_ROLES: &str = "/latest/meta-data/iam/security-credentials/";
const TOKEN_TTL: (&str, &str) = ("x-aws-ec2-metadata-token-ttl-seconds", "21600");
const TOKEN: &str = "x-aws-ec2-metadata-token";

/// The services on the network that give keys.
pub(super) struct Metadata<'a> {
    pub(super) environment: &'a Environment,
    pub(super) http: &'a Client,
}

impl Metadata<'_> {
    /// Asks the service of a container.
    pub(super) async fn of_container(&self) -> Option<Temporary> {
        let variable = |name| self.environment.get(name);
        let url = match variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            Some(path) => format!("{CONTAINER_HOST}{path}"),
            None => variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")?.to_owned(),
        };
        let from_file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
            .and_then(|path| std::fs::read_to_string(path).ok());
        let token =
            from_file.or_else(|| variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(str::to_owned));
        let mut headers = HeaderMap::new();
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, HeaderValue::from_str(token.trim()).ok()?);
        }
        read(&self.ask(Method::GET, &url, headers).await?)
    }

    /// Asks the service of a machine of EC2, in its second version.
    pub(super) async fn of_machine(&self) -> Option<Temporary> {
        let variable = |name| self.environment.get(name);
        let host = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or(MACHINE_HOST);
        let host = host.trim_end_matches('/');
        let header = |name: &'static str, value: &str| {
            let value = HeaderValue::from_str(value).ok()?;
            Some(HeaderMap::from_iter([(HeaderName::from_static(name), value)]))
        };
        let ttl = header(TOKEN_TTL.0, TOKEN_TTL.1)?;
        let token = self.ask(Method::PUT, &format!("{host}/latest/api/token"), ttl).await?;
        let token = header(TOKEN, token.trim())?;
        let roles = self.ask(Method::GET, &format!("{host}{MACHINE_ROLES}"), token.clone()).await?;
        let role = roles.lines().next()?.trim();
        read(&self.ask(Method::GET, &format!("{host}{MACHINE_ROLES}{role}"), token).await?)
    }

    async fn ask(&self, method: Method, url: &str, headers: HeaderMap) -> Option<String> {
        let request = Request {
            method,
            url: Url::parse(url).ok()?,
            headers,
            body: None,
            timeout: TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let answer = request.send(self.http).await.ok()?;
        answer.status.is_success().then(|| String::from_utf8(answer.body).ok())?
    }
}

fn read(answer: &str) -> Option<Temporary> {
    let answer = Json::parse(answer).ok()?;
    let text = |name: &str| answer.get(name)?.as_str().map(str::to_owned);
    Some(Temporary {
        credentials: Credentials {
            access_key_id: text("AccessKeyId")?,
            secret_access_key: text("SecretAccessKey")?,
            session_token: text("Token"),
        },
        expires: text("Expiration")?.parse().ok()?,
    })
}
