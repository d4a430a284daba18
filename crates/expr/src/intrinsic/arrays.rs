//! Arrays and objects.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use compasso_types::{Json, Object};

use super::RANGE_ITEMS_MAX;
use super::math::{described, rounded};

pub(super) fn partition(array: &Json, size: &Json) -> Result<Json, String> {
    let items = items(array)?;
    let size = rounded(size, "the size")?;
    let size = usize::try_from(size).ok().filter(|size| *size > 0);
    let size = size.ok_or_else(|| "the size must be at least 1".to_owned())?;
    Ok(Json::array(items.chunks(size).map(|chunk| Json::from(chunk.to_vec()))))
}

pub(super) fn contains(array: &Json, value: &Json) -> Result<Json, String> {
    Ok(Json::Bool(items(array)?.contains(value)))
}

/// Counts from `first` to `last`, both included, by `step`.
pub(super) fn range(first: &Json, last: &Json, step: &Json) -> Result<Json, String> {
    let first = rounded(first, "the start")?;
    let last = rounded(last, "the end")?;
    let step = rounded(step, "the step")?;
    if step == 0 {
        return Err("the step must not be 0".to_owned());
    }
    let (distance, step) = (i128::from(last) - i128::from(first), i128::from(step));
    if distance != 0 && (distance < 0) != (step < 0) {
        return Ok(Json::array([]));
    }
    let count = distance / step + 1;
    if count > RANGE_ITEMS_MAX as i128 {
        return Err(format!("the range has more than {RANGE_ITEMS_MAX} items"));
    }
    let item = |number| Json::from((i128::from(first) + number * step) as i64);
    Ok(Json::array((0..count).map(item)))
}

pub(super) fn get_item(array: &Json, index: &Json) -> Result<Json, String> {
    let items = items(array)?;
    let at = index.as_i64().ok_or_else(|| format!("the index must be an integer: {index}"))?;
    let item = usize::try_from(at).ok().and_then(|at| items.get(at));
    let length = items.len();
    item.cloned().ok_or_else(|| format!("the index {at} is out of range: {length} items"))
}

pub(super) fn length(array: &Json) -> Result<Json, String> {
    Ok(Json::from(items(array)?.len() as i64))
}

/// Keeps the first of equal items, in order.
pub(super) fn unique(array: &Json) -> Result<Json, String> {
    let mut kept: Vec<Json> = Vec::new();
    let mut seen: HashMap<u64, Vec<usize>> = HashMap::new();
    for item in items(array)? {
        let alike = seen.entry(fingerprint(item)).or_default();
        if !alike.iter().any(|&at| kept[at] == *item) {
            alike.push(kept.len());
            kept.push(item.clone());
        }
    }
    Ok(Json::from(kept))
}

/// Merges the members of two objects; `deep` must be `false`.
pub(super) fn merge(left: &Json, right: &Json, deep: &Json) -> Result<Json, String> {
    let (Json::Object(left), Json::Object(right)) = (left, right) else {
        return Err("the first two arguments must be objects".to_owned());
    };
    match deep {
        Json::Bool(false) => {}
        Json::Bool(true) => {
            return Err("deep merging is not supported: the third argument must be false".into());
        }
        other => {
            let kind = described(other);
            return Err(format!("the third argument must be a boolean, but it is {kind}"));
        }
    }
    let mut merged = Object::clone(left);
    merged.extend(right.iter().map(|(name, value)| (name.clone(), value.clone())));
    Ok(Json::from(merged))
}

fn items(array: &Json) -> Result<&[Json], String> {
    match array {
        Json::Array(items) => Ok(items),
        other => {
            Err(format!("the first argument must be an array, but it is {}", described(other)))
        }
    }
}

/// Returns a number that is the same for equal values.
fn fingerprint(value: &Json) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.type_name().hash(&mut hasher);
    match value {
        Json::Null => {}
        Json::Bool(value) => value.hash(&mut hasher),
        // Adding zero makes the two zeros one.
        Json::Number(number) => (number.as_f64() + 0.0).to_bits().hash(&mut hasher),
        Json::String(text) => text.hash(&mut hasher),
        Json::Array(items) => {
            items.iter().for_each(|item| fingerprint(item).hash(&mut hasher));
        }
        Json::Object(members) => {
            // The order of members does not matter, so their fingerprints are summed.
            let member = |(name, value): (&std::sync::Arc<str>, &Json)| {
                let mut hasher = DefaultHasher::new();
                (name, fingerprint(value)).hash(&mut hasher);
                hasher.finish()
            };
            members.iter().map(member).fold(0, u64::wrapping_add).hash(&mut hasher);
        }
    }
    hasher.finish()
}
