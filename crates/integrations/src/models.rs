//! Compact models of AWS services, made by `scripts/aws-models`.

mod index;
mod service;
mod shape;

pub use index::{find, names};
pub use service::{Address, ModelledError, Operation, Protocol, Service};
pub use shape::{
    Bounded, Kind, List, Location, Map, Member, Reference, Shape, Structure, TimestampFormat,
};
