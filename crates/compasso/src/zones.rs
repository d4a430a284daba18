//! A directory of newer data of time zones, as `zic` makes it: `/usr/share/zoneinfo`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use compasso_schedule::ZoneData;

/// What files of zones begin with.
const MAGIC: &[u8; 4] = b"TZif";
/// Directories of the same zones in other forms, which are left out.
const OTHER_FORMS: [&str; 2] = ["posix", "right"];
/// Most bytes that are read of a file.
const BYTES_MAX: u64 = 1024 * 1024;
/// How deep zones lie: `America/Argentina/Salta`.
const DEPTH_MAX: usize = 3;

/// Has the program use the data in a directory.
///
/// # Errors
/// It cannot be read, or has no zone.
pub(crate) fn use_directory(directory: &Path) -> anyhow::Result<()> {
    let unreadable = || format!("the time zones in {} cannot be read", directory.display());
    let version = version(directory).with_context(unreadable)?;
    let mut data = ZoneData::new(version);
    add_all(&mut data, directory, "", DEPTH_MAX).with_context(unreadable)?;
    if data.is_empty() {
        bail!("{} has no time zones; it is a directory as zic makes it", directory.display());
    }
    // A second server of the same process, as tests have it, goes on with the first one's.
    data.install();
    Ok(())
}

fn add_all(data: &mut ZoneData, at: &Path, prefix: &str, depth: usize) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(at)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        // Links lead to zones of other names.
        if path.is_dir() {
            let is_other = prefix.is_empty() && OTHER_FORMS.contains(&name);
            if !is_other && depth > 1 {
                add_all(data, &path, &format!("{prefix}{name}/"), depth - 1)?;
            }
            continue;
        }
        let content = read(&path).with_context(|| path.display().to_string())?;
        if content.starts_with(MAGIC) {
            data.add(&format!("{prefix}{name}"), &content)?;
        }
    }
    Ok(())
}

/// Returns the version that a directory names, in `+VERSION` or at the top of `tzdata.zi`.
fn version(directory: &Path) -> anyhow::Result<Option<Arc<str>>> {
    for (file, before) in [("+VERSION", ""), ("tzdata.zi", "# version ")] {
        let path = directory.join(file);
        if path.is_file() {
            let content = read(&path)?;
            let text = String::from_utf8_lossy(&content);
            let line = text.lines().next().unwrap_or_default();
            if let Some(version) = line.strip_prefix(before) {
                return Ok(Some(version.trim().into()));
            }
        }
    }
    Ok(None)
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(BYTES_MAX).read_to_end(&mut content)?;
    Ok(content)
}
