//! Compact models of AWS services, made by `scripts/aws-models`.

mod index;
mod service;

pub use index::{find, names};
pub use service::{
    Address, Bounded, Kind, List, Location, Map, Member, ModelledError, Operation, Protocol,
    Reference, Service, Shape, Structure, TimestampFormat,
};
