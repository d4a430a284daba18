//! Base64 and hashes.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use compasso_types::{Json, hex};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::TEXT_CHARS_MAX;
use super::math::described;

/// The standard alphabet; padding is written, and read whether it is there or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn base64_encode(value: &Json) -> Result<Json, String> {
    let text = bounded(value)?;
    Ok(Json::from(BASE64.encode(text)))
}

pub(super) fn base64_decode(value: &Json) -> Result<Json, String> {
    let text = bounded(value)?;
    let bytes = BASE64.decode(text).map_err(|_| "the text is not Base64".to_owned())?;
    let decoded = String::from_utf8(bytes)
        .map_err(|_| "the decoded bytes are not a text in UTF-8".to_owned())?;
    Ok(Json::from(decoded))
}

/// Hashes a text, or the JSON text of any other value.
pub(super) fn hash(data: &Json, algorithm: &Json) -> Result<Json, String> {
    let text = match data {
        Json::String(text) => text.to_string(),
        other => other.to_string(),
    };
    check_length(&text)?;
    let digest = match algorithm.as_str() {
        Some("MD5") => hex(&Md5::digest(text)),
        Some("SHA-1") => hex(&Sha1::digest(text)),
        Some("SHA-256") => hex(&Sha256::digest(text)),
        Some("SHA-384") => hex(&Sha384::digest(text)),
        Some("SHA-512") => hex(&Sha512::digest(text)),
        _ => {
            return Err(format!(
                "the algorithm must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512, but it is \
                 {algorithm}"
            ));
        }
    };
    Ok(Json::from(digest))
}

fn bounded(value: &Json) -> Result<&str, String> {
    let refused = || format!("the argument must be a string, but it is {}", described(value));
    let text = value.as_str().ok_or_else(refused)?;
    check_length(text)?;
    Ok(text)
}

fn check_length(text: &str) -> Result<(), String> {
    if text.len() > TEXT_CHARS_MAX && text.chars().count() > TEXT_CHARS_MAX {
        return Err(format!("the text is longer than {TEXT_CHARS_MAX} characters"));
    }
    Ok(())
}
