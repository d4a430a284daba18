//! A file for each log group, `⟨directory⟩/⟨account⟩/⟨region⟩/⟨group⟩.jsonl`, one record a line.
//!
//! A file that has grown large is put aside as `.~1.jsonl`, the one before as `.~2.jsonl`, and so
//! on; the oldest is deleted. No group has a file of such a name, as none has a `~` in its path; nor
//! has a group a directory where another has its file: a directory that ends so is `….jsonl~`.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Record;
use crate::outlet::{Delivery, Lane, Stuck};

/// A file is put aside once it is as large as this.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// What the names of files end in.
const ENDING: &str = "jsonl";
/// Files of a group that are kept beside the one that is written.
const ASIDE_MAX: u32 = 4;
/// Files open at once.
const OPEN_MAX: usize = 64;

pub(super) struct GroupFiles {
    directory: PathBuf,
    bytes_max: u64,
    open: BTreeMap<Arc<str>, Open>,
}

struct Open {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl GroupFiles {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, bytes_max: FILE_BYTES_MAX, open: BTreeMap::new() }
    }

    fn write(&mut self, group: &Arc<str>, lines: &str) -> io::Result<()> {
        if !self.open.contains_key(group) {
            if self.open.len() >= OPEN_MAX {
                self.open.clear();
            }
            let path = self.directory.join(relative_path(group));
            self.open.insert(group.clone(), Open::at(path)?);
        }
        let open = self.open.get_mut(group).expect("it was opened");
        if open.bytes > 0 && open.bytes + lines.len() as u64 > self.bytes_max {
            put_aside(&open.path)?;
            *open = Open::at(open.path.clone())?;
        }
        open.file.write_all(lines.as_bytes())?;
        open.bytes += lines.len() as u64;
        Ok(())
    }
}

impl Delivery for GroupFiles {
    type Parcel = Record;

    fn lane(record: &Record) -> Lane {
        Some(record.group.clone())
    }

    async fn deliver(&mut self, batch: &mut [Record]) -> Result<(), Stuck> {
        let [first, ..] = batch else { return Ok(()) };
        let group = first.group.clone();
        let lines: String = batch.iter().flat_map(|record| [&*record.text, "\n"]).collect();
        self.write(&group, &lines).map_err(|error| {
            self.open.remove(&group);
            format!("log group {group}: {error}").into()
        })
    }
}

impl Open {
    fn at(path: PathBuf) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path, file, bytes })
    }
}

/// Moves a file and those put aside before by one number.
fn put_aside(path: &Path) -> io::Result<()> {
    let aside = |number: u32| path.with_extension(format!("~{number}.{ENDING}"));
    for number in (1..ASIDE_MAX).rev() {
        if aside(number).exists() {
            fs::rename(aside(number), aside(number + 1))?;
        }
    }
    fs::rename(path, aside(1))
}

/// Makes a path of a log group's ARN that stays in the directory, whatever the group is called.
fn relative_path(arn: &str) -> PathBuf {
    let part = |index: usize| arn.split(':').nth(index).unwrap_or_default();
    let (region, account) = (part(3), part(4));
    let segments = [account, region].into_iter().chain(group_name(arn).split('/'));
    let segments = segments.filter(|segment| !segment.is_empty());
    let mut path = PathBuf::new();
    for segment in segments {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_#.".contains(c);
        let plain: String = segment.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        if path.extension().is_some_and(|ending| ending == ENDING) {
            path.as_mut_os_string().push("~");
        }
        path.push(if plain.starts_with('.') { format!("_{plain}") } else { plain });
    }
    let name = path.file_name().map_or_else(|| "_".into(), |name| name.to_string_lossy());
    let name = format!("{name}.{ENDING}");
    path.with_file_name(name)
}

/// Returns the name in `arn:aws:logs:⟨region⟩:⟨account⟩:log-group:⟨name⟩:*`.
pub(super) fn group_name(arn: &str) -> &str {
    let name = arn.splitn(7, ':').nth(6).unwrap_or(arn);
    name.strip_suffix(":*").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_a_file_of_its_name() {
        let path = |name: &str| relative_path(&format!("arn:aws:logs:r:1:log-group:{name}:*"));
        assert_eq!(path("/aws/states/orders"), Path::new("1/r/aws/states/orders.jsonl"));
        assert_eq!(path("orders.v1"), Path::new("1/r/orders.v1.jsonl"));
        assert_eq!(path("orders.jsonl/x"), Path::new("1/r/orders.jsonl~/x.jsonl"));
        assert_eq!(path("orders.jsonl"), Path::new("1/r/orders.jsonl.jsonl"));
        assert_eq!(path("../../etc/passwd"), Path::new("1/r/_../_../etc/passwd.jsonl"));
        assert_eq!(path("a:b c~1"), Path::new("1/r/a_b_c_1.jsonl"));
        assert_eq!(
            relative_path("arn:aws:logs:../x:..:log-group:g"),
            Path::new("_../_.._x/g.jsonl")
        );
        assert_eq!(relative_path("no arn"), Path::new("no_arn.jsonl"));
        assert_eq!(relative_path(""), Path::new("_.jsonl"));
    }

    #[test]
    fn large_files_are_put_aside_and_the_oldest_goes() {
        let directory = tempfile::tempdir().unwrap();
        let mut files = GroupFiles { bytes_max: 10, ..GroupFiles::new(directory.path().into()) };
        let group = |name: &str| format!("arn:aws:logs:r:1:log-group:{name}:*").into();
        files.write(&group("g.1"), "other\n").unwrap();
        for n in 0..7 {
            files.write(&group("g"), &format!("line {n}\n")).unwrap();
        }
        let read = |name: &str| fs::read_to_string(directory.path().join("1/r").join(name)).ok();
        assert_eq!(read("g.jsonl").as_deref(), Some("line 6\n"));
        assert_eq!(read("g.~1.jsonl").as_deref(), Some("line 5\n"));
        assert_eq!(read("g.~4.jsonl").as_deref(), Some("line 2\n"));
        assert_eq!(read("g.~5.jsonl"), None);
        assert_eq!(read("g.1.jsonl").as_deref(), Some("other\n"));
    }
}
