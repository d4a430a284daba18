//! The files of an export: `SUCCEEDED_n.json`, `FAILED_n.json`, `PENDING_n.json` and
//! `manifest.json`.

use std::collections::BTreeMap;
use std::io::Write;

use compasso_types::Json;

use super::{OutputType, ResultKind, Written};
use crate::objects::{Failure, Location, Upload};
use crate::{ItemsError, Stores};

/// Largest file, bytes; one result more, and the next file begins.
const FILE_BYTES_MAX: u64 = 5_000_000_000;

/// The files of an export. Its calls may block.
pub(super) struct ResultFiles {
    stores: Stores,
    folder: Location,
    output_type: OutputType,
    map_run_arn: String,
    file_bytes_max: u64,
    open: BTreeMap<ResultKind, OpenFile>,
    closed: BTreeMap<ResultKind, Vec<ClosedFile>>,
}

struct OpenFile {
    key: String,
    upload: Box<dyn Upload>,
    bytes: u64,
}

struct ClosedFile {
    key: String,
    bytes: u64,
}

impl ResultFiles {
    pub(super) fn new(
        stores: &Stores,
        folder: Location,
        output_type: OutputType,
        map_run_arn: &str,
    ) -> Self {
        Self {
            stores: stores.clone(),
            folder,
            output_type,
            map_run_arn: map_run_arn.to_owned(),
            file_bytes_max: FILE_BYTES_MAX,
            open: BTreeMap::new(),
            closed: BTreeMap::new(),
        }
    }

    /// Writes results, each JSON text.
    pub(super) fn write(&mut self, results: &[(ResultKind, String)]) -> Result<(), ItemsError> {
        for (kind, text) in results {
            let length = text.len() as u64;
            // The bytes of the separator and of the array's end.
            let is_full = |file: &OpenFile| file.bytes + length + 2 > self.file_bytes_max;
            if self.open.get(kind).is_some_and(is_full) {
                self.close(*kind)?;
            }
            let (before, after) = match (self.output_type, self.open.contains_key(kind)) {
                (OutputType::Json, false) => ("[", ""),
                (OutputType::Json, true) => (",", ""),
                (OutputType::JsonLines, _) => ("", "\n"),
            };
            let file = self.file(*kind)?;
            for part in [before, text, after] {
                file.write(part)?;
            }
        }
        Ok(())
    }

    /// Closes the files and writes the manifest.
    pub(super) fn finish(mut self) -> Result<Written, ItemsError> {
        for kind in [ResultKind::Failed, ResultKind::Pending, ResultKind::Succeeded] {
            self.close(kind)?;
        }
        let manifest = self.manifest();
        let location = self.folder.below("manifest.json");
        let mut upload = self.stores.of(&location).create(&location).map_err(failed)?;
        upload.write_all(manifest.to_string().as_bytes()).map_err(|error| interrupted(&error))?;
        upload.finish().map_err(failed)?;
        let details = [("Bucket", location.bucket), ("Key", location.key)];
        let details = details.map(|(name, value)| (name, Json::from(value)));
        let result = Json::object([
            ("MapRunArn", Json::from(self.map_run_arn)),
            ("ResultWriterDetails", Json::object(details)),
        ]);
        Ok(Written { result, manifest })
    }

    /// Returns the file that is open for a kind, opening the next one if none is.
    fn file(&mut self, kind: ResultKind) -> Result<&mut OpenFile, ItemsError> {
        if !self.open.contains_key(&kind) {
            let number = self.closed.get(&kind).map_or(0, Vec::len);
            let location = self.folder.below(&format!("{}_{number}.json", kind.name()));
            let upload = self.stores.of(&location).create(&location).map_err(failed)?;
            self.open.insert(kind, OpenFile { key: location.key, upload, bytes: 0 });
        }
        Ok(self.open.get_mut(&kind).expect("it was opened if it was not open"))
    }

    fn close(&mut self, kind: ResultKind) -> Result<(), ItemsError> {
        let Some(mut file) = self.open.remove(&kind) else {
            return Ok(());
        };
        if self.output_type == OutputType::Json {
            file.write("]")?;
        }
        let OpenFile { key, upload, bytes } = file;
        upload.finish().map_err(failed)?;
        self.closed.entry(kind).or_default().push(ClosedFile { key, bytes });
        Ok(())
    }

    fn manifest(&self) -> Json {
        let files = |kind: ResultKind| {
            let files = self.closed.get(&kind).map_or(&[][..], Vec::as_slice).iter();
            let entry = |file: &ClosedFile| {
                let size = i64::try_from(file.bytes).unwrap_or(i64::MAX);
                Json::object([("Key", Json::from(&*file.key)), ("Size", Json::from(size))])
            };
            (kind.name(), Json::array(files.map(entry)))
        };
        let kinds = [ResultKind::Failed, ResultKind::Pending, ResultKind::Succeeded];
        Json::object([
            ("DestinationBucket", Json::from(&*self.folder.bucket)),
            ("MapRunArn", Json::from(&*self.map_run_arn)),
            ("ResultFiles", Json::object(kinds.map(files))),
        ])
    }
}

impl OpenFile {
    fn write(&mut self, text: &str) -> Result<(), ItemsError> {
        self.bytes += text.len() as u64;
        self.upload.write_all(text.as_bytes()).map_err(|error| interrupted(&error))
    }
}

fn failed(failure: Failure) -> ItemsError {
    ItemsError::writer(failure.cause)
}

fn interrupted(error: &std::io::Error) -> ItemsError {
    failed(Failure::of(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_followed_by_another() {
        let directory = tempfile::tempdir().unwrap();
        let bucket = format!("file://{}", directory.path().display());
        let stores = Stores::new();
        for (output_type, expected) in [
            (OutputType::Json, ["[1,22]", "[333]", "[4444444]"]),
            (OutputType::JsonLines, ["1\n22\n", "333\n", "4444444\n"]),
        ] {
            let folder = Location::new(&bucket, "run");
            let mut files = ResultFiles::new(&stores, folder, output_type, "arn:run");
            files.file_bytes_max = 6;
            let results = ["1", "22", "333", "4444444"];
            files.write(&results.map(|text| (ResultKind::Failed, text.to_owned()))).unwrap();
            let manifest = files.finish().unwrap().manifest;
            let listed = manifest.get("ResultFiles").unwrap().get("FAILED").unwrap().clone();
            for (number, text) in expected.iter().enumerate() {
                let key = format!("run/FAILED_{number}.json");
                let entry = &listed.as_array().unwrap()[number];
                assert_eq!(entry.get("Key").unwrap().as_str(), Some(&*key));
                assert_eq!(entry.get("Size").unwrap().as_i64(), Some(text.len() as i64));
                assert_eq!(std::fs::read_to_string(directory.path().join(key)).unwrap(), *text);
            }
        }
    }
}
