use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::dataset::{Dataset, block_on};

const PARQUET: &str = r#"{"InputType":"PARQUET"}"#;

#[test]
fn the_rows_are_the_items_however_they_are_compressed() {
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
    ] {
        let dataset = Dataset::new().with("k", file(compression, 2, 1));
        assert_eq!(
            dataset.read("k", PARQUET),
            r#"0 {"id":0,"name":"row 0","price":0.5,"day":"1970-01-01","at":"1970-01-01T00:00:00.000Z","raw":null}
1 {"id":1,"name":"row 1","price":1.5,"day":"1970-01-02","at":"1970-01-01T00:00:00.001Z","raw":"/w=="}"#,
            "{compression:?}"
        );
    }
}

#[test]
fn files_of_many_row_groups_are_read_to_their_end() {
    let dataset = Dataset::new().with("k", file(Compression::SNAPPY, 5_000, 3));
    let count = block_on(async {
        let mut stream = dataset.open("k", PARQUET).unwrap();
        let mut count = 0;
        while let Some(item) = stream.next().await.unwrap() {
            assert_eq!(item.value.get("id").unwrap().as_i64(), Some(count % 5_000));
            count += 1;
        }
        count
    });
    assert_eq!(count, 15_000);
}

#[test]
fn what_is_no_parquet_is_refused() {
    let whole = file(Compression::SNAPPY, 10, 1);
    let mut huge = b"PAR1....".to_vec();
    huge.extend(u32::MAX.to_le_bytes());
    huge.extend(b"PAR1");
    for bytes in [&b""[..], b"PAR1", b"a,b\n1,2\n3,4\n", &whole[..whole.len() - 1], &huge] {
        let read = Dataset::new().with("k", bytes).read("k", PARQUET);
        let expected = "States.ItemReaderFailed: The Parquet file cannot be read: ";
        assert!(read.starts_with(expected), "{read}");
    }
}

/// Whatever byte is wrong, there are items or an error, and nothing else happens.
#[test]
fn damaged_files_end_in_items_or_an_error() {
    let whole = file(Compression::UNCOMPRESSED, 3, 1);
    for place in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        let read = Dataset::new().with("k", damaged).read("k", PARQUET);
        for line in read.lines() {
            let is_item = line.starts_with(|c: char| c.is_ascii_digit());
            assert!(
                is_item || line.contains("States.ItemReaderFailed: The Parquet file"),
                "{line}"
            );
        }
    }
}

/// Writes groups of rows.
fn file(compression: Compression, rows: i32, groups: usize) -> Vec<u8> {
    let schema = "message row {
        REQUIRED INT32 id;
        REQUIRED BYTE_ARRAY name (UTF8);
        REQUIRED DOUBLE price;
        REQUIRED INT32 day (DATE);
        REQUIRED INT64 at (TIMESTAMP_MILLIS);
        OPTIONAL BYTE_ARRAY raw;
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties.into()).unwrap();
    let ids: Vec<_> = (0..rows).collect();
    let names: Vec<_> = ids.iter().map(|id| ByteArray::from(&*format!("row {id}"))).collect();
    let prices: Vec<_> = ids.iter().map(|id| f64::from(*id) + 0.5).collect();
    let instants: Vec<_> = ids.iter().map(|id| i64::from(*id)).collect();
    let present: Vec<_> = ids.iter().map(|id| i16::from(*id > 0)).collect();
    let raw = vec![ByteArray::from(vec![0xFF]); ids.len() - 1];
    for _ in 0..groups {
        let mut group = writer.next_row_group().unwrap();
        macro_rules! column {
            ($kind:ty, $values:expr, $levels:expr) => {{
                let mut column = group.next_column().unwrap().unwrap();
                column.typed::<$kind>().write_batch($values, $levels, None).unwrap();
                column.close().unwrap();
            }};
        }
        column!(Int32Type, &ids, None);
        column!(ByteArrayType, &names, None);
        column!(DoubleType, &prices, None);
        column!(Int32Type, &ids, None);
        column!(Int64Type, &instants, None);
        column!(ByteArrayType, &raw, Some(&present[..]));
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}
