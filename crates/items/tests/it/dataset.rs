//! A directory of files and what a reader makes of them, as text.

use compasso_items::{Item, ItemReader, ItemStream, ItemsError, Stores};
use compasso_types::Json;
use tempfile::TempDir;

/// A bucket that is a directory.
pub(crate) struct Dataset {
    pub(crate) directory: TempDir,
}

impl Dataset {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn with(self, key: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.directory.path().join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn bucket(&self) -> String {
        format!("file://{}", self.directory.path().display())
    }

    /// Lists the objects with a prefix, with a `ReaderConfig`.
    pub(crate) fn list(&self, prefix: &str, config: &str) -> String {
        let field = Json::object([
            ("Resource", Json::from("arn:aws:states:::s3:listObjectsV2")),
            (
                "Arguments",
                Json::object(
                    [("Bucket", self.bucket()), ("Prefix", prefix.to_owned())]
                        .map(|(name, value)| (name, Json::from(value))),
                ),
            ),
            ("ReaderConfig", Json::parse(config).unwrap()),
        ]);
        let opened = ItemReader::from_json(&field).and_then(|reader| reader.open(&Stores::new()));
        block_on(async { show(opened).await }).replace(&self.bucket(), "file:///bucket")
    }

    /// Opens the object `key` with a `ReaderConfig`.
    pub(crate) fn open(&self, key: &str, config: &str) -> Result<ItemStream, ItemsError> {
        self.reader(key, config)?.open(&Stores::new())
    }

    /// Makes the reader of the object `key`.
    pub(crate) fn reader(&self, key: &str, config: &str) -> Result<ItemReader, ItemsError> {
        let field = Json::object([
            ("Resource", Json::from("arn:aws:states:::s3:getObject")),
            (
                "Parameters",
                Json::object([("Bucket", Json::from(self.bucket())), ("Key", Json::from(key))]),
            ),
            ("ReaderConfig", Json::parse(config).unwrap()),
        ]);
        ItemReader::from_json(&field)
    }

    /// Returns all items, one a line, and the error if one ends them.
    pub(crate) fn read(&self, key: &str, config: &str) -> String {
        let opened = self.open(key, config);
        block_on(async { show(opened).await }).replace(&self.bucket(), "file:///bucket")
    }
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Returns all items, one a line, and the error if one ends them.
pub(crate) async fn show(opened: Result<ItemStream, ItemsError>) -> String {
    let mut lines = Vec::new();
    let mut stream = match opened {
        Ok(stream) => stream,
        Err(error) => return error.to_string(),
    };
    loop {
        match stream.next().await {
            Ok(Some(item)) => lines.push(line(&item)),
            Ok(None) => return lines.join("\n"),
            Err(error) => {
                lines.push(error.to_string());
                return lines.join("\n");
            }
        }
    }
}

fn line(item: &Item) -> String {
    let key = item.key.as_ref().map(|key| format!("{key}=")).unwrap_or_default();
    format!("{} {key}{}", item.index, item.value)
}
