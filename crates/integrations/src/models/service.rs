//! The form of a service's model.
//!
//! Rows are JSON arrays in the order of the fields here; what a row leaves out at its end is the
//! default. `scripts/aws-models` writes them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Naming;

/// A service.
#[derive(Debug, Deserialize)]
pub struct Service {
    /// Such as `DynamoDB` or `CloudWatch Logs`.
    pub id: String,
    /// What error names begin with: `DynamoDb`, `CloudWatchLogs`.
    pub prefix: String,
    /// How calls are written.
    pub protocol: Protocol,
    /// The version of the API.
    pub version: String,
    /// What the header `x-amz-target` begins with.
    pub target: String,
    /// `1.0` or `1.1` for the protocol `json`.
    #[serde(rename = "json")]
    pub json_version: String,
    /// Whether it once spoke `query` and keeps the error codes of old.
    #[serde(rename = "compatible")]
    pub query_compatible: bool,
    /// The XML namespace of all requests.
    pub namespace: String,
    /// What signatures are for.
    #[serde(rename = "signing")]
    pub signing_name: String,
    /// The service's address in each partition that has it.
    pub endpoints: BTreeMap<String, Address>,
    /// Errors by their code.
    pub errors: Vec<ModelledError>,
    /// In the order of their names.
    pub operations: Vec<Operation>,
    shapes: Vec<Shape>,
}

/// How calls are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Protocol {
    /// JSON in the body, the operation in a header.
    #[serde(rename = "json")]
    Json,
    /// JSON in the body, the rest in path, query and headers.
    #[serde(rename = "rest-json")]
    RestJson,
    /// XML in the body, the rest in path, query and headers.
    #[serde(rename = "rest-xml")]
    RestXml,
    /// A form in the body, XML in the answer.
    #[serde(rename = "query")]
    Query,
    /// EC2's own kind of `query`.
    #[serde(rename = "ec2")]
    Ec2,
}

/// Where a service is in a partition.
#[derive(Debug, Deserialize)]
pub struct Address {
    /// The URL; `{region}` stands for the region.
    pub url: String,
    /// What signatures are for, if it is not the usual.
    #[serde(default)]
    pub signing_name: String,
    /// The region that signatures name, if it is always the same one.
    #[serde(default)]
    pub signing_region: String,
}

/// An error that the model knows.
#[derive(Debug, Deserialize)]
pub struct ModelledError {
    /// As it is on the wire.
    pub code: String,
    /// As the SDK for Java names its class.
    pub exception: String,
    /// The usual status, or 0.
    #[serde(default)]
    pub status: u16,
}

/// An operation.
#[derive(Debug, Deserialize)]
pub struct Operation {
    /// Such as `PutItem`.
    pub name: String,
    /// The HTTP method.
    pub method: String,
    /// The path, with labels such as `{Bucket}` and `{Key+}`, and perhaps a query.
    pub uri: String,
    /// What it takes; negative if nothing.
    input: Reference,
    /// What it answers; negative if nothing.
    output: Reference,
    #[serde(default)]
    flags: u8,
    /// What the host's name begins with on AWS, with labels.
    #[serde(default)]
    pub host_prefix: String,
    /// The name of the XML element around the request, and its namespace after a blank.
    #[serde(default)]
    pub wrapper: String,
    /// The XML element around the answer of a `query` operation, if it is not the usual.
    #[serde(default)]
    pub result_wrapper: String,
}

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
    kind: Reference,
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

const UNSIGNED: u8 = 1;
const CHECKED: u8 = 2;
const STREAMING: u8 = 4;

impl Service {
    /// Returns the operation that an action such as `putItem` names.
    pub fn operation(&self, action: &str) -> Option<&Operation> {
        // Most can be told apart without making up the action's name.
        let mut alike = self.answering().filter(|known| known.name.eq_ignore_ascii_case(action));
        alike.find(|known| known.action() == action)
    }

    /// Returns the operations that answer once, in the order of their names.
    pub fn answering(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter().filter(|operation| operation.flags & STREAMING == 0)
    }

    /// Returns the operation of that name.
    pub fn operation_named(&self, name: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// Returns the error with that code on the wire.
    pub fn error(&self, code: &str) -> Option<&ModelledError> {
        self.errors.iter().find(|error| error.code == code)
    }

    /// Returns what a reference means.
    pub fn kind(&self, reference: Reference) -> Kind<'_> {
        match reference {
            -1 => Kind::String,
            -2 | -3 => Kind::Integer,
            -4 | -5 => Kind::Float,
            -6 => Kind::Boolean,
            -7 => Kind::Timestamp(None),
            -8 => Kind::Timestamp(Some(TimestampFormat::Iso8601)),
            -9 => Kind::Timestamp(Some(TimestampFormat::Rfc822)),
            -10 => Kind::Timestamp(Some(TimestampFormat::Unix)),
            -11 => Kind::Blob,
            shape => match usize::try_from(shape).ok().and_then(|at| self.shapes.get(at)) {
                Some(Shape::Structure(structure)) => Kind::Structure(structure),
                Some(Shape::List(list)) => Kind::List(list),
                Some(Shape::Map(map)) => Kind::Map(map),
                Some(Shape::Bounded(bounded)) => self.kind(bounded.kind),
                None => Kind::Document,
            },
        }
    }

    /// Returns the bounds of a scalar's values, if it has any.
    pub fn bounds(&self, reference: Reference) -> Option<&Bounded> {
        match self.shapes.get(usize::try_from(reference).ok()?)? {
            Shape::Bounded(bounded) => Some(bounded),
            Shape::Structure(_) | Shape::List(_) | Shape::Map(_) => None,
        }
    }

    /// Returns what an operation takes.
    pub fn input(&self, operation: &Operation) -> Option<&Structure> {
        self.structure(operation.input)
    }

    /// Returns what an operation answers.
    pub fn output(&self, operation: &Operation) -> Option<&Structure> {
        self.structure(operation.output)
    }

    fn structure(&self, reference: Reference) -> Option<&Structure> {
        match self.shapes.get(usize::try_from(reference).ok()?)? {
            Shape::Structure(structure) => Some(structure),
            Shape::List(_) | Shape::Map(_) | Shape::Bounded(_) => None,
        }
    }
}

impl Operation {
    /// Returns the action that names the operation in a resource.
    pub fn action(&self) -> String {
        crate::naming::uncapitalized(&self.name)
    }

    /// Returns whether calls are not signed.
    pub fn is_unsigned(&self) -> bool {
        self.flags & UNSIGNED != 0
    }

    /// Returns whether calls must carry a checksum of their body.
    pub fn needs_checksum(&self) -> bool {
        self.flags & CHECKED != 0
    }
}

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
