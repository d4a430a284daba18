//! What can be asked about.

/// The fields of what is searched.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Those that every row may have.
    pub fields: &'static [Field],
    /// How the names of all other fields begin, such as `input.`; what follows names an attribute.
    pub attributes: &'static str,
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
        let is_attribute =
            || name.strip_prefix(self.attributes).is_some_and(|rest| !rest.is_empty());
        match self.fields.iter().find(|field| field.name == name) {
            Some(field) => Some(field.kind),
            None => is_attribute().then_some(Kind::Attribute),
        }
    }
}
