//! Finds a service's model and unpacks it when it is first asked for.

use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;

use super::Service;

const INDEX: &str = include_str!("../../models/index.json");
const PACKED: &[u8] = include_bytes!("../../models/services.bin");

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let rows: Vec<Row> = serde_json::from_str(INDEX).expect("the index is well-formed");
    rows.into_iter().map(|row| Entry { row, service: OnceLock::new() }).collect()
});

struct Entry {
    row: Row,
    service: OnceLock<Service>,
}

/// Where the model of a service is; services are in the order of their names.
#[derive(Deserialize)]
struct Row {
    /// As in `aws-sdk:NAME:action`.
    name: String,
    offset: usize,
    packed_bytes: usize,
    bytes: usize,
}

/// Returns the names of all services, as in `aws-sdk:NAME:action`.
pub fn names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|entry| &*entry.row.name)
}

/// Returns the model of the service of that name.
pub fn find(name: &str) -> Option<&'static Service> {
    let at = ENTRIES.binary_search_by(|entry| (*entry.row.name).cmp(name)).ok()?;
    let Entry { row, service } = &ENTRIES[at];
    Some(service.get_or_init(|| row.unpack()))
}

impl Row {
    fn unpack(&self) -> Service {
        let packed = &PACKED[self.offset..self.offset + self.packed_bytes];
        let text = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(packed, self.bytes);
        let text = text.expect("a model was packed by the script that made the index");
        serde_json::from_slice(&text).expect("a model has the form that the script writes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_can_be_unpacked() {
        let operations: usize = names().map(|name| find(name).unwrap().operations.len()).sum();
        assert!(operations > 19_000, "{operations}");
        assert!(find("nosuchservice").is_none());
    }
}
