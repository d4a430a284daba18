//! The URL of a call.

use compasso_integrations::Call;
use compasso_integrations::models::Address;
use compasso_types::Json;
use reqwest::Url;

use crate::Endpoint;
use crate::protocol::Wire;

/// Where a call goes, and what its signature is for.
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) signing_name: String,
    pub(crate) signing_region: String,
}

/// Returns where a call goes; an error says why there is no such place.
pub(crate) fn target(
    call: &Call,
    wire: &mut Wire,
    parameters: &Json,
    endpoint: &Endpoint,
    region: &str,
) -> Result<Target, String> {
    let partition = partition(region);
    let address = call.service.endpoints.get(partition);
    let base = match (endpoint, address) {
        (Endpoint::Given(url), _) => url.clone(),
        (Endpoint::Aws, Some(address)) => of_aws(call, wire, parameters, address, region),
        (Endpoint::Aws, None) => {
            return Err(format!("{} is not available in {region}", call.service.id));
        }
    };
    let mut url = Url::parse(&base).map_err(|error| format!("{base} is no URL: {error}"))?;
    let path = format!("{}{}", url.path().trim_end_matches('/'), wire.path);
    url.set_path(&path);
    let query: Vec<String> = wire
        .query
        .iter()
        .map(
            |(name, value)| if value.is_empty() { name.clone() } else { format!("{name}={value}") },
        )
        .collect();
    url.set_query((!query.is_empty()).then(|| query.join("&")).as_deref());
    let or = |given: Option<&String>, usual: &str| {
        given.filter(|text| !text.is_empty()).cloned().unwrap_or_else(|| usual.to_owned())
    };
    Ok(Target {
        url,
        signing_name: or(address.map(|a| &a.signing_name), &call.service.signing_name),
        signing_region: or(address.map(|a| &a.signing_region), region),
    })
}

/// Returns the partition that a region belongs to.
fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// Returns AWS's own address. S3 takes the bucket's name in the host.
fn of_aws(
    call: &Call,
    wire: &mut Wire,
    parameters: &Json,
    address: &Address,
    region: &str,
) -> String {
    let url = address.url.replace("{region}", region);
    let parameter = |name: &str| parameters.get(name).and_then(Json::as_str);
    let mut prefix = call.operation.host_prefix.clone();
    if let Some(bucket) =
        parameter("Bucket").filter(|name| call.service.id == "S3" && is_host(name))
    {
        let path = wire.path.strip_prefix(&format!("/{bucket}")).map(str::to_owned);
        if let Some(path) = path {
            wire.path = if path.is_empty() { "/".to_owned() } else { path };
            prefix = format!("{bucket}.");
        }
    }
    while let Some((before, (label, after))) =
        prefix.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        prefix = format!("{before}{}{after}", parameter(label).unwrap_or_default());
    }
    url.replacen("https://", &format!("https://{prefix}"), 1)
}

/// Returns whether a bucket's name can be one part of a host's name.
pub fn is_host(bucket: &str) -> bool {
    (3..=63).contains(&bucket.len())
        && bucket.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !bucket.starts_with('-')
        && !bucket.ends_with('-')
}
