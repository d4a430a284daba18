//! W6: time to start, memory when idle, size of the binary.

use crate::figure;
use crate::server::{Server, binary};

/// Starts measured; the median is printed.
const STARTS: usize = 7;

pub(crate) async fn run() -> anyhow::Result<()> {
    let mut times = Vec::new();
    let mut resident = 0.0;
    for _ in 0..STARTS {
        let server = Server::start().await?;
        times.push(server.start_up);
        resident = server.resident_kib()?;
    }
    times.sort_unstable();
    figure::print("w6.start", times[STARTS / 2].as_secs_f64() * 1000.0, "ms");
    figure::print("w6.idle", resident / 1024.0, "MiB");
    let size = std::fs::metadata(binary()?)?.len() as f64;
    figure::print("w6.binary", size / 1_000_000.0, "MB");
    Ok(())
}
