//! Aliases of state machines: create, update, delete, describe, list.

mod create;
mod delete;
mod describe;
mod list;
mod routing;
mod update;

pub use self::create::{CreateAlias, CreatedAlias};
pub use self::delete::DeleteAlias;
pub use self::describe::{DescribeAlias, DescribedAlias};
pub use self::list::{AliasItem, AliasPage};
pub use self::routing::RoutingConfiguration;
pub use self::update::{UpdateAlias, UpdatedAlias};
