//! What the members of requests and answers are.

use serde::Deserialize;

use crate::Naming;

/// A kind by its number: not negative for a shape of the table, negative for a scalar.
pub type Reference = i32;

/// A kind that has parts or bounds.
#[derive(Debug, Deserialize)]
pub enum Shape {
    /// A scalar whose values have bounds.
    #[serde(rename = "b")]
    Bounded(Bounded),
    /// Named members.
    #[serde(rename = "s")]
    Structure(Structure),
    /// Items of one kind.
    #[serde(rename = "l")]
    List(List),
    /// Values of one kind by keys.
    #[serde(rename = "m")]
    Map(Map),
}

/// A scalar whose values have bounds; only answers have such.
#[derive(Debug, Deserialize)]
pub struct Bounded {
    /// The scalar.
    pub(super) kind: Reference,
    /// The least number, or the least count of a text's characters.
    #[serde(default)]
    pub min: Option<f64>,
    /// The greatest number.
    #[serde(default)]
    pub max: Option<f64>,
    /// The texts that there are, if they are known.
    #[serde(default)]
    pub values: Vec<String>,
}

/// Named members.
#[derive(Debug, Default, Deserialize)]
pub struct Structure {
    /// The members.
    #[serde(default)]
    pub members: Vec<Member>,
    /// The member that is the whole body, or nothing.
    #[serde(default)]
    pub payload: String,
}

/// A member of a structure.
#[derive(Debug, Deserialize)]
pub struct Member {
    /// As the model has it.
    pub name: String,
    /// What it holds.
    pub kind: Reference,
    #[serde(default)]
    flags: u8,
    /// Its name on the wire, with the place in front if it is not the body: `h:x-amz-acl`.
    #[serde(default)]
    wire: String,
    /// Its XML namespace, perhaps with a prefix and a blank in front.
    #[serde(default)]
    pub namespace: String,
    /// The name the SDK shows, if it does not follow the rule.
    #[serde(default)]
    shown: String,
}

/// Items of one kind.
#[derive(Debug, Deserialize)]
pub struct List {
    /// What the items are.
    pub item: Reference,
    /// The name of an item in XML, or nothing.
    #[serde(default)]
    pub item_name: String,
}

/// Values of one kind by keys.
#[derive(Debug, Deserialize)]
pub struct Map {
    /// What the keys are.
    pub key: Reference,
    /// What the values are.
    pub value: Reference,
    /// The name of a key in XML, or nothing.
    #[serde(default)]
    pub key_name: String,
    /// The name of a value in XML, or nothing.
    #[serde(default)]
    pub value_name: String,
}

/// What a member, item or value is.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'a> {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// True or false.
    Boolean,
    /// An instant; without a format it is written as the protocol usually does.
    Timestamp(Option<TimestampFormat>),
    /// Bytes.
    Blob,
    /// Any JSON.
    Document,
    /// Named members.
    Structure(&'a Structure),
    /// Items of one kind.
    List(&'a List),
    /// Values by keys.
    Map(&'a Map),
}

/// How an instant is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    /// `2026-01-31T12:00:00Z`
    Iso8601,
    /// `Sat, 31 Jan 2026 12:00:00 GMT`
    Rfc822,
    /// Seconds since 1970.
    Unix,
}

/// Where a member is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the body.
    Body,
    /// In a header.
    Header,
    /// In headers whose names begin alike.
    Headers,
    /// In the path.
    Uri,
    /// In the query.
    Query,
    /// It is the status code.
    Status,
}

const REQUIRED: u8 = 1;
const TOKEN: u8 = 2;
const FLATTENED: u8 = 4;
const ATTRIBUTE: u8 = 8;
const JSON_TEXT: u8 = 16;

impl Structure {
    /// Returns the member that is the whole body.
    pub fn payload_member(&self) -> Option<&Member> {
        self.members.iter().find(|member| !self.payload.is_empty() && member.name == self.payload)
    }

    /// Returns the member that parameters name so.
    pub fn member(&self, shown: &str, naming: Naming) -> Option<&Member> {
        self.members.iter().find(|member| member.is_named(shown, naming))
    }
}

impl Member {
    /// Returns whether it must be given.
    pub fn is_required(&self) -> bool {
        self.flags & REQUIRED != 0
    }

    /// Returns whether the caller makes it up if it is not given.
    pub fn is_token(&self) -> bool {
        self.flags & TOKEN != 0
    }

    /// Returns whether a list or map has no element around its items.
    pub fn is_flattened(&self) -> bool {
        self.flags & FLATTENED != 0
    }

    /// Returns whether it is an attribute of its structure's XML element.
    pub fn is_attribute(&self) -> bool {
        self.flags & ATTRIBUTE != 0
    }

    /// Returns whether it is a text that holds JSON.
    pub fn is_json_text(&self) -> bool {
        self.flags & JSON_TEXT != 0
    }

    /// Returns where it is on the wire.
    pub fn location(&self) -> Location {
        match self.wire.split_once(':') {
            Some(("h", _)) => Location::Header,
            Some(("H", _)) => Location::Headers,
            Some(("u", _)) => Location::Uri,
            Some(("q", _)) => Location::Query,
            Some(("s", _)) => Location::Status,
            _ => Location::Body,
        }
    }

    /// Returns its name on the wire.
    pub fn wire_name(&self) -> &str {
        self.explicit_wire_name().unwrap_or(&self.name)
    }

    /// Returns its name on the wire, if that is not the member's own name.
    pub fn explicit_wire_name(&self) -> Option<&str> {
        let name = match self.location() {
            Location::Body => &self.wire,
            _ => self.wire.split_once(':').map_or("", |(_, name)| name),
        };
        Some(name).filter(|name| !name.is_empty())
    }

    /// Returns the name that parameters and results have.
    pub fn shown(&self, naming: Naming) -> String {
        match naming {
            Naming::Sdk if !self.shown.is_empty() => self.shown.clone(),
            Naming::Sdk | Naming::Optimized => naming.of(&self.name),
        }
    }

    fn is_named(&self, shown: &str, naming: Naming) -> bool {
        // Most names can be told apart without making up the one that is shown.
        if self.shown.is_empty() && !self.name.eq_ignore_ascii_case(shown) {
            return false;
        }
        // The optimized integrations take the model's own spelling as well.
        self.shown(naming) == shown || naming == Naming::Optimized && self.name == shown
    }
}
