//! Where items of an `each` are: `s3://BUCKET/KEY` or `file:///PATH`.

const S3: &str = "s3://";
const FILE: &str = "file:///";

/// An address of a file of items, or of a prefix that objects have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemAddress<'a> {
    /// A bucket of S3, or `file://` and a directory.
    pub bucket: &'a str,
    /// The key in it. A prefix may be empty.
    pub key: &'a str,
}

impl<'a> ItemAddress<'a> {
    /// Reads an address; `None` if `text` is none.
    pub fn parse(text: &'a str, is_prefix: bool) -> Option<Self> {
        let (bucket, key) = if let Some(rest) = text.strip_prefix(S3) {
            let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
            (!bucket.is_empty()).then_some((bucket, key))?
        } else {
            text.strip_prefix(FILE)?;
            let slash = text.rfind('/')?;
            // The directory of `file:///x` is the root.
            (&text[..slash.max(FILE.len())], &text[slash + 1..])
        };
        (is_prefix || !key.is_empty()).then_some(Self { bucket, key })
    }

    /// Says whether an address may begin with `text`.
    pub fn may_begin_with(text: &str) -> bool {
        [S3, FILE].iter().any(|scheme| text.starts_with(scheme) || scheme.starts_with(text))
    }

    /// Returns the directory on the server's machine that it is in, if it is there.
    pub fn directory(&self) -> Option<&'a str> {
        self.bucket.strip_prefix("file://")
    }

    /// Returns how addresses are written.
    pub fn forms(is_prefix: bool) -> &'static str {
        if is_prefix {
            "'s3://BUCKET/PREFIX' or 'file:///DIRECTORY/'"
        } else {
            "'s3://BUCKET/KEY' or 'file:///PATH'"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, is_prefix: bool) -> Option<(&str, &str)> {
        ItemAddress::parse(text, is_prefix).map(|address| (address.bucket, address.key))
    }

    #[test]
    fn addresses_name_a_bucket_and_a_key() {
        assert_eq!(parts("s3://b/k/l.csv", false), Some(("b", "k/l.csv")));
        assert_eq!(parts("s3://b", true), Some(("b", "")));
        assert_eq!(parts("file:///srv/data/x.csv", false), Some(("file:///srv/data", "x.csv")));
        assert_eq!(parts("file:///srv/data/", true), Some(("file:///srv/data", "")));
        for text in ["s3://b", "s3:///k", "file:///srv/", "file://srv/x", "/srv/x.csv", "x.csv", ""]
        {
            assert_eq!(parts(text, false), None, "{text}");
        }
    }

    #[test]
    fn what_is_computed_later_may_still_become_an_address() {
        for text in ["", "s3", "s3://", "file://", "s3://b/day=", "file:///srv/"] {
            assert!(ItemAddress::may_begin_with(text), "{text}");
        }
        for text in ["/srv/", "srv", "gs://b/", "http://x/"] {
            assert!(!ItemAddress::may_begin_with(text), "{text}");
        }
    }

    #[test]
    fn files_of_the_server_are_in_a_directory() {
        let directory = |text| ItemAddress::parse(text, false)?.directory();
        assert_eq!(directory("file:///srv/data/x.csv"), Some("/srv/data"));
        assert_eq!(directory("file:///x.csv"), Some("/"));
        assert_eq!(directory("s3://b/x.csv"), None);
    }
}
