use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::dataset::{Dataset, block_on};

const INVENTORY: &str = r#"{"InputType":"MANIFEST"}"#;
const MANIFEST: &str = r#"{
    "sourceBucket": "source",
    "destinationBucket": "arn:aws:s3:::destination",
    "fileFormat": "CSV",
    "fileSchema": "Bucket, Key, Size",
    "files": [{"key": "data/1.csv.gz", "size": 1}, {"key": "data/2.csv.gz", "size": 1}]
}"#;

#[test]
fn an_inventory_lists_objects_with_its_own_columns() {
    let dataset = Dataset::new()
        .with("manifest.json", MANIFEST)
        .with("data/1.csv.gz", gzip("\"source\",\"a%20b\",\"12\"\n"))
        .with("data/2.csv.gz", gzip("\"source\",\"c\",\"0\"\n\"source\",\"d\",\"7\"\n"));
    for config in [INVENTORY, r#"{"InputType":"MANIFEST","ManifestType":"S3_INVENTORY"}"#] {
        assert_eq!(
            dataset.read("manifest.json", config),
            r#"0 {"Bucket":"source","Key":"a%20b","Size":"12"}
1 {"Bucket":"source","Key":"c","Size":"0"}
2 {"Bucket":"source","Key":"d","Size":"7"}"#
        );
    }
}

#[test]
fn an_inventory_that_makes_no_sense_is_refused() {
    for (manifest, why) in [
        ("[", "EOF while parsing a list at line 1 column 1"),
        ("{}", "its files must be CSV"),
        (r#"{"fileFormat":"ORC","fileSchema":"a","files":[]}"#, "its files must be CSV"),
        (r#"{"fileFormat":"CSV","files":[]}"#, "it has no fileSchema"),
        (r#"{"fileFormat":"CSV","fileSchema":"a"}"#, "it has no files"),
        (r#"{"fileFormat":"CSV","fileSchema":"a","files":[{}]}"#, "a file has no key"),
    ] {
        let read = Dataset::new().with("k", manifest).read("k", INVENTORY);
        assert_eq!(read, format!("States.ItemReaderFailed: The manifest cannot be read: {why}"));
    }
}

#[test]
fn a_file_of_an_inventory_that_is_missing_is_named() {
    assert_eq!(
        Dataset::new().with("m", MANIFEST).read("m", INVENTORY),
        "States.ItemReaderFailed: The file file:///bucket/data/1.csv.gz does not exist."
    );
}

#[test]
fn a_manifest_of_athena_names_data_files() {
    let dataset = Dataset::new().with("out/1", gzip("{\"a\":1}\n")).with("out/2", "{\"a\":2}\n");
    let bucket = dataset.bucket();
    let manifest = format!("{bucket}/out/1\n\"{bucket}/out/2\"\r\n\n");
    let dataset = dataset.with("manifest.csv", manifest);
    let config = r#"{"ManifestType":"ATHENA_DATA","InputType":"JSONL"}"#;
    assert_eq!(dataset.read("manifest.csv", config), "0 {\"a\":1}\n1 {\"a\":2}");
    block_on(async {
        let item = dataset.open("manifest.csv", config).unwrap().next().await.unwrap().unwrap();
        assert_eq!(&*item.source, format!("{bucket}/out/1"));
    });
}

#[test]
fn a_local_manifest_names_files_of_its_own_directory_only() {
    for address in ["s3://bucket/key", "file:///etc/passwd", "/etc/passwd", "x"] {
        let config = r#"{"ManifestType":"ATHENA_DATA","InputType":"JSONL"}"#;
        let read = Dataset::new().with("k", address).read("k", config);
        let why = format!("The manifest cannot be read: {address} is no address of a file");
        assert_eq!(read, format!("States.ItemReaderFailed: {why}"));
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
