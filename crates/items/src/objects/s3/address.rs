//! The URLs of objects.

use compasso_aws::{Endpoint, is_host};
use compasso_sigv4::encoded;
use reqwest::Url;

use crate::objects::{Failure, Location};

/// Longest name of a bucket.
const BUCKET_CHARS_MAX: usize = 255;

/// Returns the URL of an object, or of its bucket if the key is empty: with the bucket as a part of
/// the host on AWS, and as a part of the path elsewhere.
pub(super) fn url(
    endpoint: &Endpoint,
    region: &str,
    location: &Location,
    query: &[(&str, String)],
) -> Result<Url, Failure> {
    let bucket = &location.bucket;
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let is_dots = bucket.bytes().all(|byte| byte == b'.');
    if bucket.len() > BUCKET_CHARS_MAX || is_dots || !bucket.bytes().all(is_allowed) {
        return Err(Failure::new(format!("The specified bucket is not valid: {bucket}")));
    }
    let key: Vec<_> = location.key.split('/').map(encoded).collect();
    let key = key.join("/");
    let path_style = |host: &str| {
        let slash = if key.is_empty() { "" } else { "/" };
        (host.to_owned(), format!("/{bucket}{slash}{key}"))
    };
    let (base, path) = match endpoint {
        Endpoint::Given(base) => path_style(base),
        Endpoint::Aws if !is_host(bucket) => path_style(&format!("https://{}", host(region))),
        Endpoint::Aws => (format!("https://{bucket}.{}", host(region)), format!("/{key}")),
    };
    let query: Vec<_> =
        query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let text = format!("{base}{path}{mark}{}", query.join("&"));
    let url = Url::parse(&text)
        .map_err(|error| Failure::new(format!("The endpoint of S3 is no URL: {base}: {error}")))?;
    // In a URL, `.` and `..` between slashes mean other paths; S3 takes them as they are.
    if !url.path().ends_with(&path) {
        return Err(Failure::new(format!("The key {} cannot be written in a URL.", location.key)));
    }
    Ok(url)
}

fn host(region: &str) -> String {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("s3.{region}.{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(endpoint: &Endpoint, bucket: &str, key: &str) -> String {
        let query = [("a", "b c/é".to_owned())];
        match url(endpoint, "eu-west-1", &Location::new(bucket, key), &query) {
            Ok(url) => url.to_string(),
            Err(failure) => failure.cause,
        }
    }

    #[test]
    fn buckets_of_aws_are_hosts_if_their_names_can_be() {
        let on_aws = |bucket, key| text(&Endpoint::Aws, bucket, key);
        assert_eq!(
            on_aws("bucket", "x y/ü+.json"),
            "https://bucket.s3.eu-west-1.amazonaws.com/x%20y/%C3%BC%2B.json?a=b%20c%2F%C3%A9"
        );
        assert_eq!(on_aws("b.c", "k"), "https://s3.eu-west-1.amazonaws.com/b.c/k?a=b%20c%2F%C3%A9");
        assert_eq!(
            on_aws("bucket", ""),
            "https://bucket.s3.eu-west-1.amazonaws.com/?a=b%20c%2F%C3%A9"
        );
    }

    #[test]
    fn buckets_elsewhere_are_paths() {
        let given = Endpoint::Given("http://127.0.0.1:9000/s3".to_owned());
        let query = "?a=b%20c%2F%C3%A9";
        assert_eq!(text(&given, "b", "k//l"), format!("http://127.0.0.1:9000/s3/b/k//l{query}"));
        assert_eq!(text(&given, "b", ""), format!("http://127.0.0.1:9000/s3/b{query}"));
    }

    #[test]
    fn a_name_never_leads_to_another_server_or_object() {
        for bucket in ["evil.com/", "a@b", "a:1", "..", "", "a?b", "ü"] {
            let found = text(&Endpoint::Aws, bucket, "k");
            assert_eq!(found, format!("The specified bucket is not valid: {bucket}"));
        }
        for key in ["../k", "a/./b", "a/.."] {
            let found = text(&Endpoint::Aws, "b", key);
            assert_eq!(found, format!("The key {key} cannot be written in a URL."));
        }
    }
}
