//! One's own network: where plain `http` may be used.

use std::net::IpAddr;

use reqwest::Url;

/// Returns whether a URL is on this machine or in a private network.
pub(crate) fn contains(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
        Err(_) => {
            !host.contains('.') || host.ends_with(".localhost") || host.ends_with(".internal")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_in_ones_own_network() {
        for (url, near) in [
            ("http://localhost:1/", true),
            ("http://127.0.0.1/", true),
            ("http://[::1]:8080/", true),
            ("http://10.1.2.3/", true),
            ("http://orders:8080/", true),
            ("http://example.com/", false),
            ("http://8.8.8.8/", false),
            ("http://127.0.0.1.example.com/", false),
        ] {
            assert_eq!(contains(&Url::parse(url).unwrap()), near, "{url}");
        }
    }
}
