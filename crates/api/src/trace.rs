//! The trace that a caller works in: AWS's header, or W3C's in AWS's form.

use axum::http::HeaderMap;

/// Returns the trace header of a request.
pub(crate) fn header(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let of_aws = text("x-amzn-trace-id").map(ToOwned::to_owned);
    of_aws.or_else(|| text("traceparent").and_then(of_w3c))
}

/// Turns `00-TRACE-SPAN-FLAGS` into `Root=1-…;Parent=…;Sampled=…`.
fn of_w3c(traceparent: &str) -> Option<String> {
    let mut parts = traceparent.split('-');
    let (_, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_number = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if !(is_number(trace, 32) && is_number(span, 16) && is_number(flags, 2)) {
        return None;
    }
    let (time, rest) = trace.split_at(8);
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1;
    Some(format!("Root=1-{time}-{rest};Parent={span};Sampled={sampled}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_says_it_in_either_form() {
        let mut headers = HeaderMap::new();
        assert_eq!(header(&headers), None);
        let place = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        headers.insert("traceparent", place.parse().unwrap());
        let said = "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1";
        assert_eq!(header(&headers).as_deref(), Some(said));
        headers.insert("x-amzn-trace-id", "Root=1-2-3".parse().unwrap());
        assert_eq!(header(&headers).as_deref(), Some("Root=1-2-3"));
        for none in ["", "00-1-2-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"] {
            assert_eq!(of_w3c(none), None);
        }
    }
}
