//! Tokens for the Kubernetes API of EKS clusters: a signed URL that tells the cluster who asks.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use compasso_sigv4::{ALGORITHM, PathForm, Request, Scope, encoded, presigned};
use jiff::Timestamp;

use crate::Credentials;

/// How long the URL is good, seconds; clusters take no longer ones.
const LIFE_SECONDS: u32 = 60;
const PREFIX: &str = "k8s-aws-v1.";
const SERVICE: &str = "sts";
const CLUSTER_HEADER: &str = "x-k8s-aws-id";

/// Makes a token for the cluster of that name, good for the next minute.
pub fn eks_token(cluster: &str, region: &str, credentials: &Credentials) -> String {
    let now = Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH);
    let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    token(cluster, region, credentials, &date)
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
