//! Versions of state machines: publish, delete, list.

mod delete;
mod list;
mod publish;

pub use self::delete::DeleteVersion;
pub use self::list::{VersionItem, VersionPage};
pub use self::publish::{PublishVersion, PublishedVersion};
