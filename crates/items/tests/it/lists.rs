use compasso_types::Json;

use crate::dataset::Dataset;

#[test]
fn the_objects_of_a_list_are_the_items_in_the_order_of_their_keys() {
    let dataset = Dataset::new()
        .with("b/2.json", "22")
        .with("b.json", "1")
        .with("b/1/x", "")
        .with("a", "333")
        .with("b0", "4");
    assert_eq!(keys(&dataset.list("", "{}")), ["a:3", "b.json:1", "b/1/x:0", "b/2.json:2", "b0:1"]);
    assert_eq!(keys(&dataset.list("b/", "{}")), ["b/1/x:0", "b/2.json:2"]);
    assert_eq!(keys(&dataset.list("b/1", "{}")), ["b/1/x:0"]);
    assert_eq!(keys(&dataset.list("", r#"{"MaxItems":2}"#)), ["a:3", "b.json:1"]);
    assert_eq!(keys(&dataset.list("none/../b", "{}")), [""; 0]);
}

#[test]
fn an_entry_is_what_s3_tells_of_an_object() {
    let listed = Dataset::new().with("k", "1").list("", "{}");
    let entry = Json::parse(listed.strip_prefix("0 ").unwrap()).unwrap();
    let names: Vec<_> = entry.as_object().unwrap().keys().map(|name| &**name).collect();
    assert_eq!(names, ["Etag", "Key", "LastModified", "Size", "StorageClass"]);
    assert!(entry.get("Etag").unwrap().as_str().unwrap().starts_with('"'));
    assert!(entry.get("LastModified").unwrap().as_i64().unwrap() > 1_700_000_000);
    assert_eq!(entry.get("StorageClass").unwrap().as_str(), Some("STANDARD"));
}

#[test]
fn links_are_not_listed() {
    let dataset = Dataset::new().with("folder/k", "1");
    let root = dataset.directory.path();
    std::os::unix::fs::symlink(root, root.join("folder/loop")).unwrap();
    std::os::unix::fs::symlink(root.join("folder/k"), root.join("link")).unwrap();
    assert_eq!(keys(&dataset.list("", "{}")), ["folder/k:1"]);
}

#[test]
fn a_directory_that_is_not_there_cannot_be_listed() {
    let dataset = Dataset::new();
    std::fs::remove_dir(dataset.directory.path()).unwrap();
    let path = dataset.directory.path().display().to_string();
    assert_eq!(
        dataset.list("", "{}"),
        format!("States.ItemReaderFailed: The directory {path} does not exist.")
    );
}

#[test]
fn listed_files_are_flattened() {
    let dataset = Dataset::new()
        .with("in/1.csv", "a,b\n1,2\n")
        .with("in/2.csv", "b,a\n3,4\n5,6\n")
        .with("in/empty.csv", "")
        .with("out/3.csv", "a\n7\n");
    let config = r#"{"Transformation":"LOAD_AND_FLATTEN","InputType":"CSV"}"#;
    assert_eq!(
        dataset.list("in/", config),
        "0 {\"a\":\"1\",\"b\":\"2\"}\n1 {\"b\":\"3\",\"a\":\"4\"}\n2 {\"b\":\"5\",\"a\":\"6\"}"
    );
}

#[test]
fn many_listed_files_keep_their_order() {
    let mut dataset = Dataset::new();
    let mut expected = Vec::new();
    for number in 0..50 {
        dataset = dataset.with(&format!("{number:02}"), format!("[{number},\"x\"]"));
        expected.push(format!("{} {number}\n{} \"x\"", 2 * number, 2 * number + 1));
    }
    let config = r#"{"Transformation":"LOAD_AND_FLATTEN","InputType":"JSON"}"#;
    assert_eq!(dataset.list("", config), expected.join("\n"));
}

#[test]
fn a_listed_file_that_is_malformed_ends_the_items_and_is_named() {
    let config = r#"{"Transformation":"LOAD_AND_FLATTEN","InputType":"JSON"}"#;
    for (malformed, items, why) in [
        ("3", "0 1\n1 2", "Attempting to map over non-iterable node."),
        ("[3,", "0 1\n1 2\n2 3", "The JSON file is malformed at byte 3."),
    ] {
        let dataset = Dataset::new().with("1", "[1,2]").with("2", malformed).with("3", "[4]");
        assert_eq!(
            dataset.list("", config),
            format!("{items}\nStates.ItemReaderFailed: {why} (File: file:///bucket/2)")
        );
    }
}

fn keys(listed: &str) -> Vec<String> {
    let entries = listed.lines().map(|line| Json::parse(line.split_once(' ').unwrap().1).unwrap());
    let text = |entry: Json| {
        let key = entry.get("Key").unwrap().as_str().unwrap().to_owned();
        format!("{key}:{}", entry.get("Size").unwrap())
    };
    entries.map(text).collect()
}
