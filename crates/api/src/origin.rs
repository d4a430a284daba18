//! Keeps web pages of other sites out of a server that asks nobody for a signature.
//!
//! Such a server listens on loopback, but a page can reach it through the browser of whoever works
//! there, with a host name that was made to point at loopback. Browsers say in `Origin` where the
//! page came from; SDKs send no such header.

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, Uri};

use crate::errors::Failure;

/// Demands that a request comes from no page, or from one of this machine.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), Failure> {
    match headers.get(ORIGIN) {
        Some(origin) if !origin.to_str().is_ok_and(is_local) => {
            Err(Failure::access_denied("Requests of web pages of other sites are not answered"))
        }
        _ => Ok(()),
    }
}

fn is_local(origin: &str) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or("").trim_matches(['[', ']']);
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_machine_are_let_in() {
        for origin in
            ["http://localhost:8400", "http://127.0.0.1", "http://[::1]:1", "https://a.localhost"]
        {
            assert!(is_local(origin), "{origin}");
        }
    }

    #[test]
    fn pages_of_other_sites_are_kept_out() {
        for origin in ["null", "", "http://evil.example:8400", "http://localhost.evil.example"] {
            assert!(!is_local(origin), "{origin}");
        }
    }
}
