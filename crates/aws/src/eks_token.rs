//! Tokens for the Kubernetes API of EKS clusters: a signed URL that tells the cluster who asks.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use compasso_integrations::Call;
use compasso_sigv4::{ALGORITHM, PathForm, Request, Scope, encoded, presigned};
use jiff::Timestamp;

use crate::{AwsClient, Caller, Credentials, Endpoint, Failure};

/// How long the URL is good, seconds; clusters take no longer ones.
const LIFE_SECONDS: u32 = 60;
const PREFIX: &str = "k8s-aws-v1.";
const SERVICE: &str = "sts";
const CLUSTER_HEADER: &str = "x-k8s-aws-id";

impl AwsClient {
    /// Makes a token for a call of the cluster of that name, good for the next minute; `endpoint`
    /// says whether the cluster is a stand-in, which takes any key.
    ///
    /// # Errors
    /// There are no keys to make one with.
    pub async fn eks_token(
        &self,
        cluster: &str,
        endpoint: &Endpoint,
        caller: Caller<'_>,
    ) -> Result<String, Failure> {
        let call = Call::of_operation("eks", "DescribeCluster").expect("EKS has a model");
        let credentials = self.credentials(&call, endpoint, caller).await?;
        let credentials = credentials.unwrap_or_else(Credentials::stand_in);
        let now = Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH);
        let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        Ok(token(cluster, caller.region, &credentials, &date))
    }
}

fn token(cluster: &str, region: &str, credentials: &Credentials, date: &str) -> String {
    let host = format!("sts.{region}.amazonaws.com");
    let scope = Scope { date, region, service: SERVICE };
    let claim = format!("{}/{}", credentials.access_key_id, scope.text());
    let mut pairs = vec![
        ("Action", "GetCallerIdentity".to_owned()),
        ("Version", "2011-06-15".to_owned()),
        ("X-Amz-Algorithm", ALGORITHM.to_owned()),
        ("X-Amz-Credential", encoded(&claim)),
        ("X-Amz-Date", date.to_owned()),
        ("X-Amz-Expires", LIFE_SECONDS.to_string()),
        ("X-Amz-SignedHeaders", encoded(&format!("host;{CLUSTER_HEADER}"))),
    ];
    if let Some(token) = &credentials.session_token {
        pairs.push(("X-Amz-Security-Token", encoded(token)));
    }
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = pairs.join("&");
    let request = Request {
        method: "GET",
        path: "/",
        path_form: PathForm::Encoded,
        query: &query,
        headers: &[("host", &host), (CLUSTER_HEADER, cluster)],
        body: b"",
    };
    let signature = presigned(&request, &scope, &credentials.secret_access_key);
    let url = format!("https://{host}/?{query}&X-Amz-Signature={signature}");
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signatures were made by botocore.
    #[test]
    fn a_token_is_a_url_as_botocore_signs_it() {
        for (session, expected) in [
            (None, "468eaa56b350fbd6d239311cad427a6c681d87fc6e96544d40ba5f482edf9642"),
            (Some("to/ken="), "28e08c9455ef7f110a8df6032a79dc0be5ff675eb78b38582186fed4d19c1d20"),
        ] {
            let credentials = Credentials {
                access_key_id: "AKID".to_owned(),
                secret_access_key: "secret".to_owned(),
                session_token: session.map(str::to_owned),
            };
            let token = token("shop", "us-east-1", &credentials, "20260131T120000Z");
            let url = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX).unwrap()).unwrap();
            let url = String::from_utf8(url).unwrap();
            assert_eq!(url.rsplit_once("X-Amz-Signature=").unwrap().1, expected, "{url}");
        }
    }
}
