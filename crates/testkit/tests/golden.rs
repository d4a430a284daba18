//! Replays what earlier releases stored; `FREEZE_GOLDEN=0.2.0` freezes what this build stores.

use std::fs;
use std::path::{Path, PathBuf};

use compasso_testkit::Document;
use compasso_testkit::golden::{self, Golden};

/// Fewest records of a release.
const RECORDS_MIN: usize = 300;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance")
}

/// Returns the files of a directory with this extension, in order.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    files.sort();
    files
}

#[test]
fn what_earlier_releases_stored_is_read_and_carried_on() {
    if let Some(release) = std::env::var_os("FREEZE_GOLDEN") {
        freeze(&release.to_string_lossy());
    }
    let mut problems = Vec::new();
    let releases = files(&directory().join("golden"), "zst");
    assert!(!releases.is_empty(), "there is nothing to replay");
    for path in releases {
        let records = golden::read(&fs::read(&path).unwrap()).expect("a golden file can be read");
        assert!(records.len() >= RECORDS_MIN, "{} has {}", path.display(), records.len());
        for record in &records {
            if let Err(problem) = record.replay() {
                problems.push(format!("{}: {}\n{problem}", path.display(), record.name));
            }
        }
    }
    assert!(problems.is_empty(), "{} problems\n\n{}", problems.len(), problems.join("\n\n"));
}

/// Writes a file that must not be there.
fn freeze(release: &str) {
    let mut records = Vec::new();
    for page in files(&directory(), "md") {
        let name = page.file_name().unwrap_or_default().to_string_lossy();
        for case in Document::parse(&fs::read_to_string(&page).expect("a page can be read")).cases {
            records.extend(Golden::of(&name, &case).expect("the case is well formed"));
        }
    }
    let path = directory().join(format!("golden/{release}.jsonl.zst"));
    assert!(!path.exists(), "{} is frozen and never changes", path.display());
    let file = golden::write(&records).expect("records can be packed");
    fs::write(path, file).expect("the folder can be written");
}

const CASE: &str = r#"
## Two steps
```definition
{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":1,"Next":"B"},"B":{"Type":"Pass","End":true}}}
```
```outcome
```
"#;

#[test]
fn what_differs_from_what_was_frozen_is_told() {
    let case = &Document::parse(CASE).cases[0];
    let record = Golden::of("page", case).unwrap().unwrap();
    let file = golden::write(&[record]).unwrap();
    golden::read(&file).unwrap()[0].replay().unwrap();
    let text = String::from_utf8(zstd::decode_all(&*file).unwrap()).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{text}");
        let file = zstd::encode_all(text.replacen(from, to, 1).as_bytes(), 1).unwrap();
        golden::read(&file).map_err(|error| error.to_string())?[0].replay()
    };
    // Another event in the journal, another state in the image, another definition, another format.
    let other = changed(r#""state":"B","kind":"Pass""#, r#""state":"B","kind":"Wait""#);
    assert!(other.unwrap_err().contains("turn 2 now"));
    assert!(changed(r#""last_event":2"#, r#""last_event":3"#).unwrap_err().contains("image"));
    assert!(changed(r#"\"Type\":\"Pass\""#, r#"\"Type\":\"Wait\""#).is_err());
    assert!(changed(r#""format":1,"count""#, r#""format":2,"count""#).is_err());
}
