//! Keeps web pages of other sites out of a server that asks nobody for a signature.
//!
//! Such a server listens on loopback, but a page can reach it through the browser of whoever works
//! there, with a host name that was made to point at loopback. Browsers say in `Origin` where the
//! page came from, but not when a page reads from the host it takes for its own; then `Host` names
//! that host. SDKs send no `Origin`.

use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
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

/// Demands that a request to read something is made to a name or an address of this machine.
pub(crate) fn check_host(request: &Parts) -> Result<(), Failure> {
    let header = request.headers.get(HOST);
    let is_header_local = header.is_none_or(|host| {
        let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
        host.is_some_and(|host| is_local_host(host.host()))
    });
    // HTTP/2 has the host in the URI.
    if is_header_local && request.uri.host().is_none_or(is_local_host) {
        return Ok(());
    }
    Err(Failure::access_denied(
        "Without access keys, only requests to localhost or a loopback address are answered",
    ))
}

fn is_local(origin: &str) -> bool {
    let uri = origin.parse::<Uri>();
    uri.is_ok_and(|uri| uri.host().is_some_and(is_local_host))
}

fn is_local_host(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
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

    #[test]
    fn readers_must_call_this_machine_by_a_name_of_its_own() {
        let check = |uri: &str, host: Option<&str>| {
            let mut request = axum::http::Request::get(uri);
            if let Some(host) = host {
                request = request.header(HOST, host);
            }
            check_host(&request.body(()).unwrap().into_parts().0).is_ok()
        };
        for host in ["localhost", "LOCALHOST:8400", "a.localhost", "127.0.0.1:8400", "[::1]:8400"] {
            assert!(check("/metrics", Some(host)), "{host}");
            assert!(check(&format!("http://{host}/metrics"), None), "{host}");
        }
        for host in ["evil.example", "evil.example:8400", "localhost.evil.example", "10.0.0.1"] {
            assert!(!check("/metrics", Some(host)), "{host}");
            assert!(!check(&format!("http://{host}/metrics"), None), "{host}");
        }
        assert!(check("/metrics", None));
        assert!(!check("/metrics", Some("")));
    }
}
