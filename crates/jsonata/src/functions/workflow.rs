//! Functions Step Functions adds to the language.

use compasso_types::{Json, hex};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::Arguments;
use crate::error::{Result, failed};
use crate::value::Value;

/// Most items `$range` gives, as the intrinsic function of the same purpose has it.
const RANGE_ITEMS_MAX: i64 = 1_000;
/// Longest text `$hash` takes, characters.
const HASH_CHARS_MAX: usize = 10_000;

pub(super) fn refused(name: &str, why: &str) -> crate::EvaluationError {
    failed("D3200", format!("The {name} function {why}"))
}

pub(super) fn partition(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(items) = arguments.items(0) else {
        return Ok(Value::Undefined);
    };
    let size = match arguments.integer(1) {
        Some(size) if size >= 1 => usize::try_from(size).unwrap_or(usize::MAX),
        Some(_) => return Err(refused("partition", "needs a chunk size of at least 1")),
        None => return Err(refused("partition", "needs a chunk size")),
    };
    let mut chunks = Vec::new();
    let mut start = 0;
    while start < items.len() {
        let end = start.saturating_add(size).min(items.len());
        chunks.push(arguments.evaluator.list((start..end).map(|at| items.get(at)).collect())?);
        start = end;
    }
    arguments.evaluator.list(chunks)
}

/// Gives a sequence, so that a range of one item is that item.
pub(super) fn range(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let (Some(first), Some(last), Some(step)) =
        (arguments.integer(0), arguments.integer(1), arguments.integer(2))
    else {
        return Err(refused("range", "needs a first number, a last number and a step"));
    };
    if step == 0 {
        return Err(refused("range", "needs a step other than 0"));
    }
    let count = (i128::from(last) - i128::from(first)) / i128::from(step) + 1;
    let reached = (last >= first) == (step > 0) || last == first;
    let count = if reached { count } else { 0 };
    if count > i128::from(RANGE_ITEMS_MAX) {
        return Err(refused("range", "gives at most 1000 items"));
    }
    let items = (0..count as i64).map(|at| Value::number((first + at * step) as f64));
    arguments.evaluator.sequence(items.collect())
}

pub(super) fn hash(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let (Some(data), Some(algorithm)) = (arguments.text(0), arguments.text(1)) else {
        return Ok(Value::Undefined);
    };
    arguments.evaluator.budget.read_text(data.len())?;
    if data.chars().count() > HASH_CHARS_MAX {
        return Err(refused("hash", "takes at most 10000 characters"));
    }
    let digest = match &**algorithm {
        "MD5" => hex(&Md5::digest(data.as_bytes())),
        "SHA-1" => hex(&Sha1::digest(data.as_bytes())),
        "SHA-256" => hex(&Sha256::digest(data.as_bytes())),
        "SHA-384" => hex(&Sha384::digest(data.as_bytes())),
        "SHA-512" => hex(&Sha512::digest(data.as_bytes())),
        _ => {
            let why = "knows the algorithms MD5, SHA-1, SHA-256, SHA-384 and SHA-512";
            return Err(refused("hash", why));
        }
    };
    arguments.evaluator.text(digest)
}

pub(super) fn parse(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(text) = arguments.text(0) else {
        return Ok(Value::Undefined);
    };
    let budget = &arguments.evaluator.budget;
    budget.read_text(text.len())?;
    // A value takes several times the bytes of its text, at worst an array of one digit each.
    budget.bytes(text.len().saturating_mul(12))?;
    budget.steps(text.len() / 8)?;
    Json::parse(text)
        .map(Value::Json)
        .map_err(|_| refused("parse", "was given a text that is not JSON"))
}
