//! What the optimized integrations add to a service's answer: how the call went over the wire.

use compasso_types::{Json, Object};
use sha2::{Digest, Sha256};

/// Headers of an answer, in order.
pub(crate) type Headers = Vec<(String, String)>;

/// Adds `SdkHttpMetadata` and `SdkResponseMetadata` to the members of a result.
pub(crate) fn add(members: &mut Object, status: u16, headers: &Headers, request_id: &str) {
    let mut all = Object::new();
    let mut last = Object::new();
    for (name, value) in headers {
        let value = Json::from(&**value);
        let mut values =
            all.get(name).and_then(Json::as_array).map_or_else(Vec::new, |v| v.to_vec());
        values.push(value.clone());
        all.insert(name.as_str().into(), Json::from(values));
        last.insert(name.as_str().into(), value);
    }
    let http = Json::object([
        ("AllHttpHeaders", Json::from(all)),
        ("HttpHeaders", Json::from(last)),
        ("HttpStatusCode", Json::from(i64::from(status))),
    ]);
    members.insert("SdkHttpMetadata".into(), http);
    let response = Json::object([("RequestId", Json::from(request_id))]);
    members.insert("SdkResponseMetadata".into(), response);
}

/// Makes the headers of a call that never left the machine.
pub(crate) fn local_headers(content_type: &str, request_id: &str) -> Headers {
    [("x-amzn-RequestId", request_id.to_owned()), ("Content-Type", content_type.to_owned())]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

/// Derives an id that looks like the services' request ids: equal for equal `parts`, so that a
/// repeated delivery has the same one.
pub(crate) fn derived_id(parts: [&str; 2]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
    let hex = format!("{:032x}", u128::from_be_bytes(*first));
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
