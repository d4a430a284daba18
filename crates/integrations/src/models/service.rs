//! The form of a service's model.
//!
//! Rows are JSON arrays in the order of the fields here; what a row leaves out at its end is the
//! default. `scripts/aws-models` writes them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::shape::{Bounded, Kind, Reference, Shape, Structure, TimestampFormat};

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
