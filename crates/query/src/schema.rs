//! What can be asked about.

/// The fields of what is searched.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Those that every row may have.
    pub fields: &'static [Field],
    /// How the names of all other fields begin, such as `input.`, and what those hold.
    pub begun: &'static [Field],
}

/// A field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// One of these words; letter case, and whether `-` or `_` stands in them, is no matter.
    Word(&'static [&'static str]),
    /// An instant.
    Time,
    /// A length of time.
    Duration,
    /// A number.
    Number,
    /// Text, a number, or true or false, as it comes.
    Attribute,
}

impl Schema {
    /// Returns what the field `name` holds; `None` if there is no such field.
    pub(crate) fn kind(&self, name: &str) -> Option<Kind> {
        let is_begun =
            |field: &&Field| name.strip_prefix(field.name).is_some_and(|rest| !rest.is_empty());
        let exactly = self.fields.iter().find(|field| field.name == name);
        exactly.or_else(|| self.begun.iter().find(is_begun)).map(|field| field.kind)
    }
}
