//! Calls of the Kubernetes API.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_aws::{
    Answer, AwsClient, Endpoint, NoAnswer, Request, http_client, http_client_trusting,
};
use compasso_engine::TaskError;
use compasso_runtime::Job;
use compasso_types::limits::PAYLOAD_BYTES_MAX;
use compasso_types::{Json, Object};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Url};

use crate::aws_service::{caller, task_error};
use crate::http::cause_of_status;
use crate::own_network;
use crate::parameters::{Parameters, result_too_large, scalar_text};

const TIMEOUT: Duration = Duration::from_secs(60);
/// Largest answer: a state's result, in JSON that may be spaced out.
const ANSWER_BYTES_MAX: usize = 4 * PAYLOAD_BYTES_MAX;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A cluster, and who asks it.
pub(super) struct Kubernetes {
    endpoint: Url,
    client: Client,
    cluster: String,
    /// Whether it is EKS or a stand-in.
    kind: Endpoint,
    aws: AwsClient,
    job: Job,
}

impl Kubernetes {
    /// Finds the cluster that the parameters of a task name.
    pub(super) fn of(
        aws: &AwsClient,
        parameters: &Parameters<'_>,
        job: &Job,
    ) -> Result<Self, TaskError> {
        let cluster = parameters.required_text("ClusterName")?.to_owned();
        let endpoint = parameters.required_text("Endpoint")?;
        let endpoint = Url::parse(endpoint).map_err(|_| parameters.invalid("Endpoint"))?;
        let authority = parameters.required_text("CertificateAuthority")?;
        let is_plain = endpoint.scheme() == "http" && own_network::contains(&endpoint);
        let client = match (is_plain, STANDARD.decode(authority)) {
            (true, _) => http_client().ok(),
            (false, Ok(authorities)) if endpoint.scheme() == "https" => {
                http_client_trusting(&authorities).ok()
            }
            (false, _) => None,
        };
        let client = client.ok_or_else(|| {
            parameters.refuse(
                "The field 'Endpoint' must be an https URL, and 'CertificateAuthority' its \
                 certificate authority's data in base64",
            )
        })?;
        let kind = if is_plain { Endpoint::Given(endpoint.to_string()) } else { Endpoint::Aws };
        Ok(Self { endpoint, client, cluster, kind, aws: aws.clone(), job: job.clone() })
    }

    /// Makes a call; an answer that is no success is the error `EKS.⟨status⟩`.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<String>,
    ) -> Result<Answer, TaskError> {
        let mut url = self.endpoint.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{}", path.trim_start_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let caller = caller(&self.job, "");
        let token = self.aws.eks_token(&self.cluster, &self.kind, caller).await;
        let token = token.map_err(|failure| task_error(failure, &self.job))?;
        let mut token = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| failed("the credentials cannot be sent"))?;
        token.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([(AUTHORIZATION, token), (ACCEPT, JSON)]);
        if body.is_some() {
            headers.insert(CONTENT_TYPE, JSON);
        }
        let body = body.map(String::into_bytes);
        let answer_bytes_max = ANSWER_BYTES_MAX;
        let request = Request { method, url, headers, body, timeout: TIMEOUT, answer_bytes_max };
        let answer = request.send(&self.client).await.map_err(|reason| self.no_answer(reason))?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let error = format!("EKS.{}", answer.status.as_u16());
        Err(TaskError::new(error, cause_of_status(&answer)))
    }

    /// Makes a call whose answer is an object.
    pub(super) async fn object(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<String>,
    ) -> Result<Json, TaskError> {
        let answer = self.call(method, path, query, body).await?;
        Json::parse(&String::from_utf8_lossy(&answer.body))
            .map_err(|_| failed("the cluster's answer is no JSON"))
    }

    fn no_answer(&self, reason: NoAnswer) -> TaskError {
        match reason {
            NoAnswer::Timeout => failed("Read timed out"),
            NoAnswer::Socket(why) => failed(&why),
            NoAnswer::TooLarge => result_too_large(&self.job),
        }
    }
}

/// Reads an object of texts and lists of texts: the pairs of a query.
pub(super) fn pairs(
    parameters: &Parameters<'_>,
    name: &str,
) -> Result<Vec<(String, String)>, TaskError> {
    let members = parameters.object(name)?;
    pairs_of(members).ok_or_else(|| parameters.invalid(name))
}

/// See [`pairs`]; `None` if a value is no text.
pub(super) fn pairs_of(members: Option<&Object>) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for (key, value) in members.into_iter().flatten() {
        let values = match value {
            Json::Array(items) => &items[..],
            single => std::slice::from_ref(single),
        };
        for value in values {
            pairs.push((key.to_string(), scalar_text(value)?));
        }
    }
    Some(pairs)
}

fn failed(why: &str) -> TaskError {
    TaskError::new("EKS.SdkClientException", format!("Unable to execute HTTP request: {why}"))
}
