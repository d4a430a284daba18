//! Records on standard output, one a line.

use std::io::Write;

use super::Record;
use crate::outlet::{Delivery, Stuck};

pub(super) struct StandardOutput;

impl Delivery for StandardOutput {
    type Parcel = Record;

    async fn deliver(&mut self, batch: &mut [Record]) -> Result<(), Stuck> {
        let mut lines = String::new();
        for record in batch {
            lines.push_str(&record.text);
            lines.push('\n');
        }
        // A reader that is gone must not end the server.
        std::io::stdout().write_all(lines.as_bytes()).map_err(|error| error.to_string().into())
    }
}
