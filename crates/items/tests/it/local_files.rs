use std::os::unix::fs::symlink;
use std::path::Path;

use compasso_items::{ItemReader, Stores};
use compasso_types::Json;

use crate::dataset::{Dataset, block_on, show};

const JSON: &str = r#"{"InputType":"JSON"}"#;

#[test]
fn a_bucket_can_be_a_directory() {
    let dataset = Dataset::new().with("folder/file.json", "[1]");
    block_on(async {
        let item = dataset.open("folder/file.json", JSON).unwrap().next().await.unwrap().unwrap();
        assert_eq!(&*item.source, format!("{}/folder/file.json", dataset.bucket()));
    });
}

#[test]
fn a_file_that_is_not_there_is_named() {
    assert_eq!(
        Dataset::new().read("none.json", JSON),
        "States.ItemReaderFailed: The file file:///bucket/none.json does not exist."
    );
}

#[test]
fn a_key_never_leads_out_of_the_directory() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.json");
    std::fs::write(&secret, "[1]").unwrap();
    let dataset = Dataset::new().with("folder/file.json", "[1]");
    symlink(&secret, dataset.directory.path().join("link.json")).unwrap();
    symlink(outside.path(), dataset.directory.path().join("folder/link")).unwrap();
    let absolute = secret.to_str().unwrap();
    for key in [
        "../secret.json",
        "folder/../../x",
        absolute,
        "link.json",
        "folder/link/secret.json",
        "",
        ".",
    ] {
        let read = dataset.read(key, JSON);
        let expected = format!(
            "States.ItemReaderFailed: The key {key} leads out of the directory file:///bucket."
        );
        assert_eq!(read, expected);
    }
}

#[test]
fn a_directory_is_no_file() {
    let read = Dataset::new().with("folder/file.json", "[1]").read("folder", JSON);
    assert_eq!(read, "States.ItemReaderFailed: file:///bucket/folder is not a file.");
}

/// Begins to read a file as the version that it is, has something done to it, and reads the rest; returns how
/// many items there are, and the error if one ends them.
fn read_while(then: fn(&Path)) -> (usize, Option<&'static str>) {
    const LINES: &str = r#"{"InputType":"JSONL"}"#;
    // More than is read ahead.
    let dataset = Dataset::new().with("f.jsonl", "\"an item of some length\"\n".repeat(20_000));
    block_on(async {
        let (reader, stores) = (dataset.reader("f.jsonl", LINES).unwrap(), Stores::new());
        let tag = reader.tag(&stores).await.unwrap();
        let mut stream = reader.open_tagged(&stores, tag).unwrap();
        let mut count = usize::from(stream.next().await.unwrap().is_some());
        then(&dataset.directory.path().join("f.jsonl"));
        loop {
            match stream.next().await {
                Ok(Some(_)) => count += 1,
                Ok(None) => return (count, None),
                Err(error) => return (count, Some(error.error)),
            }
        }
    })
}

#[test]
fn a_file_that_is_replaced_is_read_to_its_end_and_one_that_is_written_is_not() {
    let replaced = read_while(|path| {
        let new = path.with_extension("new");
        std::fs::write(&new, "1\n").unwrap();
        std::fs::rename(&new, path).unwrap();
    });
    assert_eq!(replaced, (20_000, None));
    let (count, error) = read_while(|path| std::fs::write(path, "1\n").unwrap());
    assert!(count < 20_000);
    assert_eq!(error, Some("Items.Changed"));
}

#[test]
fn a_file_that_is_another_one_than_was_meant_is_not_read() {
    let dataset = Dataset::new().with("f.json", "[1]");
    let reader = dataset.reader("f.json", JSON).unwrap();
    let stream = reader.open_tagged(&Stores::new(), Some("another".into()));
    let error = block_on(async { stream.unwrap().next().await.unwrap_err() });
    assert_eq!(error.error, "Items.Changed");
}

#[test]
fn only_directories_that_may_be_used_are() {
    let dataset = Dataset::new().with("data/file.json", "[1]").with("other/file.json", "[2]");
    let data = dataset.directory.path().join("data");
    let read = |directories: &[&Path], folder: &str| {
        let stores =
            Stores::new().with_directories(directories.iter().copied().map(Into::into).collect());
        let field = format!(
            r#"{{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{JSON},
                "Parameters":{{"Bucket":"{}/{folder}","Key":"file.json"}}}}"#,
            dataset.bucket()
        );
        let reader = ItemReader::from_json(&Json::parse(&field).unwrap()).unwrap();
        block_on(async { show(reader.open(&stores)).await })
    };
    assert_eq!(read(&[&data], "data"), "0 1");
    assert_eq!(read(&[dataset.directory.path()], "other"), "0 2");
    for (directories, folder) in
        [(&[&*data][..], "other"), (&[], "data"), (&[&data], "data/../other")]
    {
        let read = read(directories, folder);
        assert!(read.contains("is not one that may be used: see directories of [files]"), "{read}");
    }
}
