//! The ways to name a Lambda function.

/// A function's name, taken apart.
pub(super) struct FunctionName {
    /// The bare name.
    pub(super) name: String,
    /// Version or alias.
    pub(super) qualifier: Option<String>,
    /// The region of a full ARN.
    pub(super) region: Option<String>,
    /// As it was given.
    pub(super) given: String,
}

impl FunctionName {
    /// Reads a name, an ARN or `⟨account⟩:function:⟨name⟩`, each with or without a qualifier.
    pub(super) fn parse(given: &str, qualifier: Option<&str>) -> Self {
        let parts: Vec<&str> = given.split(':').collect();
        let (region, rest) = match &parts[..] {
            ["arn", _, "lambda", region, _, "function", rest @ ..] => (Some(*region), rest),
            [_, "function", rest @ ..] | ["function", rest @ ..] => (None, rest),
            rest => (None, rest),
        };
        let name = rest.first().copied().unwrap_or(given);
        Self {
            name: name.to_owned(),
            qualifier: qualifier.or_else(|| rest.get(1).copied()).map(str::to_owned),
            region: region.map(str::to_owned),
            given: given.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_function_is_understood() {
        for (given, name, qualifier, region) in [
            ("f", "f", None, None),
            ("f:PROD", "f", Some("PROD"), None),
            ("123456789012:function:f", "f", None, None),
            ("123456789012:function:f:7", "f", Some("7"), None),
            ("function:f", "f", None, None),
            ("arn:aws:lambda:eu-west-1:123456789012:function:f", "f", None, Some("eu-west-1")),
            (
                "arn:aws-cn:lambda:cn-north-1:123456789012:function:f:$LATEST",
                "f",
                Some("$LATEST"),
                Some("cn-north-1"),
            ),
        ] {
            let parsed = FunctionName::parse(given, None);
            assert_eq!(parsed.name, name, "{given}");
            assert_eq!(parsed.qualifier.as_deref(), qualifier, "{given}");
            assert_eq!(parsed.region.as_deref(), region, "{given}");
        }
    }

    #[test]
    fn a_qualifier_of_its_own_wins() {
        assert_eq!(FunctionName::parse("f:1", Some("2")).qualifier.as_deref(), Some("2"));
    }
}
