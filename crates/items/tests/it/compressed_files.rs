use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::dataset::Dataset;

const JSON_LINES: &str = r#"{"InputType":"JSONL"}"#;

#[test]
fn compressed_files_are_read_whatever_their_name() {
    for compressed in [gzip(b"1\n2\n"), zstd(b"1\n2\n")] {
        assert_eq!(Dataset::new().with("k", compressed).read("k", JSON_LINES), "0 1\n1 2");
    }
}

#[test]
fn files_of_several_parts_are_read_to_their_end() {
    for parts in [[gzip(b"1\n"), gzip(b"2\n")], [zstd(b"1\n"), zstd(b"2\n")]] {
        assert_eq!(Dataset::new().with("k", parts.concat()).read("k", JSON_LINES), "0 1\n1 2");
    }
}

#[test]
fn a_byte_order_mark_is_skipped_within() {
    assert_eq!(Dataset::new().with("k", gzip(b"\xEF\xBB\xBF1")).read("k", JSON_LINES), "0 1");
}

#[test]
fn a_truncated_file_is_an_error() {
    let numbers: Vec<_> = (0..10_000).map(|number| number.to_string()).collect();
    let text = numbers.join("\n");
    for compressed in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
        let half = &compressed[..compressed.len() / 2];
        let read = Dataset::new().with("k", half).read("k", JSON_LINES);
        let last = read.lines().last().unwrap();
        assert!(last.starts_with("States.ItemReaderFailed: The file cannot be read: "), "{last}");
    }
}

#[test]
fn a_file_that_is_huge_once_it_is_decompressed_is_streamed() {
    let line = format!("\"{}\"\n", "x".repeat(1_000_000));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..100 {
        encoder.write_all(line.as_bytes()).unwrap();
    }
    let dataset = Dataset::new().with("k", encoder.finish().unwrap());
    let count = crate::dataset::block_on(async {
        let mut stream = dataset.open("k", JSON_LINES).unwrap();
        let mut count = 0;
        while stream.next().await.unwrap().is_some() {
            count += 1;
        }
        count
    });
    assert_eq!(count, 100);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}
