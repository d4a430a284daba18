//! JSON Pointers built while walking a value.

/// Runs `walk` with `place` extended by one step, and takes the step back.
pub(crate) fn below<T>(place: &mut String, step: &str, walk: impl FnOnce(&mut String) -> T) -> T {
    let length = place.len();
    place.push('/');
    place.push_str(&step.replace('~', "~0").replace('/', "~1"));
    let result = walk(place);
    place.truncate(length);
    result
}
