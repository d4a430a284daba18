//! Amazon Resource Names of Step Functions resources: `arn:aws:states:region:account:type:rest`.

use std::fmt;
use std::str::FromStr;

/// A parsed ARN of the `states` service; parts point into owned text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    text: String,
    region: (usize, usize),
    account: (usize, usize),
    kind: (usize, usize),
    rest: usize,
}

/// The text is no ARN of the `states` service.
#[derive(Debug, thiserror::Error)]
#[error("Invalid ARN prefix: {0}")]
pub struct ArnError(pub String);

impl Arn {
    /// Builds `arn:aws:states:{region}:{account}:{kind}:{rest}`.
    pub fn new(region: &str, account: &str, kind: &str, rest: &str) -> Self {
        format!("arn:aws:states:{region}:{account}:{kind}:{rest}")
            .parse()
            .expect("parts without colons make an ARN")
    }

    /// Returns the whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the region, possibly empty.
    pub fn region(&self) -> &str {
        &self.text[self.region.0..self.region.1]
    }

    /// Returns the account, possibly empty.
    pub fn account(&self) -> &str {
        &self.text[self.account.0..self.account.1]
    }

    /// Returns the resource type: `stateMachine`, `execution`, `express`, `activity`, `mapRun`, …
    pub fn kind(&self) -> &str {
        &self.text[self.kind.0..self.kind.1]
    }

    /// Returns what follows the resource type: a name, or several parts joined by colons.
    pub fn rest(&self) -> &str {
        &self.text[self.rest..]
    }

    /// Returns the parts of [`Arn::rest`].
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.rest().split(':')
    }
}

impl FromStr for Arn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let refused = || ArnError(text.to_owned());
        let mut colons = text.match_indices(':').map(|(at, _)| at);
        let mut next = || colons.next().ok_or_else(refused);
        let (scheme, partition, service) = (next()?, next()?, next()?);
        let (region, account, kind) = (next()?, next()?, next()?);
        if &text[..scheme] != "arn"
            || !text[scheme + 1..partition].starts_with("aws")
            || &text[partition + 1..service] != "states"
            || kind == account + 1
            || kind + 1 == text.len()
        {
            return Err(refused());
        }
        Ok(Self {
            text: text.to_owned(),
            region: (service + 1, region),
            account: (region + 1, account),
            kind: (account + 1, kind),
            rest: kind + 1,
        })
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found() {
        let arn: Arn = "arn:aws:states:eu-west-1:123456789012:execution:M:n".parse().unwrap();
        assert_eq!((arn.region(), arn.account()), ("eu-west-1", "123456789012"));
        assert_eq!((arn.kind(), arn.rest()), ("execution", "M:n"));
        assert_eq!(arn.parts().collect::<Vec<_>>(), ["M", "n"]);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "arn", "arn:aws:lambda:r:1:function:f", "arn:aws:states:r:1:activity:"] {
            assert!(text.parse::<Arn>().is_err(), "{text}");
        }
    }
}
