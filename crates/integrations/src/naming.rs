//! How members of the models are named in parameters and results.

/// Which SDK for Java the names come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `aws-sdk` integrations: version 2, which writes acronyms at the beginning as words:
    /// `DBInstanceIdentifier` is `DbInstanceIdentifier`.
    Sdk,
    /// Optimized integrations: the model's own name with a capital at the beginning.
    Optimized,
}

impl Naming {
    /// Returns the name that is shown for a member of the model.
    pub(crate) fn of(self, name: &str) -> String {
        match self {
            Self::Sdk => capitalized(&uncapitalized(name)),
            Self::Optimized => capitalized(name),
        }
    }
}

/// Writes the first letter large.
fn capitalized(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Writes the first letter small, or the whole acronym that the name begins with.
pub(crate) fn uncapitalized(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let is_upper = |at: usize| characters.get(at).is_some_and(char::is_ascii_uppercase);
    let is_lower = |at: usize| characters.get(at).is_some_and(char::is_ascii_lowercase);
    let mut end = 1;
    while is_upper(end) && !is_lower(end + 1) {
        end += 1;
    }
    let small = characters.iter().take(end).map(char::to_ascii_lowercase);
    small.chain(characters.iter().skip(end).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acronyms_become_words_in_names_of_the_sdk() {
        for (name, shown) in [
            ("DBInstanceIdentifier", "DbInstanceIdentifier"),
            ("SSEKMSKeyId", "SsekmsKeyId"),
            ("ETag", "ETag"),
            ("MD5OfMessageBody", "Md5OfMessageBody"),
            ("SS", "Ss"),
            ("taskDefinition", "TaskDefinition"),
            ("KeyId", "KeyId"),
            ("", ""),
        ] {
            assert_eq!(Naming::Sdk.of(name), shown);
        }
        assert_eq!(Naming::Optimized.of("MD5OfMessageBody"), "MD5OfMessageBody");
        assert_eq!(Naming::Optimized.of("containerOverrides"), "ContainerOverrides");
    }
}
