//! Items of a file that is given instead of being read, for tests of a single state.

use std::io::Cursor;

use compasso_types::{Json, Object};

use super::dataset::Dataset;
use super::{InputType, Item, ItemReader, ReaderConfig};
use crate::{ItemsError, formats};

/// What a reader makes of a given file.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenItems {
    /// The items, `MaxItems` of them.
    pub items: Vec<Item>,
    /// What `ItemsPointer` means in the file, if there is one.
    pub pointed: Option<Json>,
}

impl ItemReader {
    /// Reads a file that stands for what the reader would find: one of those it names, or the list.
    ///
    /// # Errors
    /// The reader cannot be used, the file is malformed, or its format has to be read from a store.
    pub fn read_given(&self, file: &str) -> Result<GivenItems, ItemsError> {
        let (source, config) = match Dataset::of(self)? {
            Dataset::File(at)
            | Dataset::Inventory(at)
            | Dataset::AthenaFiles(at)
            | Dataset::ListedFiles(at) => (at.source(), self.config.clone()),
            Dataset::List(at) => {
                let input_type = Some(InputType::Json);
                (at.bucket_source(), ReaderConfig { input_type, ..self.config.clone() })
            }
        };
        let file = Box::new(Cursor::new(file.to_owned().into_bytes()));
        let mut found = formats::read(file, &config, source.into())?;
        let mut items = Vec::new();
        while let Some(item) = found.next()? {
            let (key, value, source) = (item.key, item.value, item.source);
            items.push(Item { index: items.len() as u64, key, value, source });
        }
        let pointed = (!config.items_pointer.is_empty()).then(|| whole(&items));
        let most = config.max_items.and_then(|items| usize::try_from(items).ok());
        items.truncate(most.unwrap_or(usize::MAX));
        Ok(GivenItems { items, pointed })
    }
}

/// Returns the array or object that has these items.
fn whole(items: &[Item]) -> Json {
    let members: Option<Object> =
        items.iter().map(|item| Some((item.key.clone()?, item.value.clone()))).collect();
    match members {
        Some(members) if !items.is_empty() => members.into(),
        _ => Json::array(items.iter().map(|item| item.value.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(reader: &str, file: &str) -> Result<GivenItems, ItemsError> {
        ItemReader::from_json(&Json::parse(reader).unwrap()).unwrap().read_given(file)
    }

    #[test]
    fn a_given_file_is_read_as_its_reader_says() {
        let reader = r#"{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"b","Key":"k"},
            "ReaderConfig":{"InputType":"JSON","ItemsPointer":"/a","MaxItems":1}}"#;
        let given = given(reader, r#"{"a":{"x":1,"y":2}}"#).unwrap();
        assert_eq!(given.pointed.unwrap().to_string(), r#"{"x":1,"y":2}"#);
        let [item] = given.items.as_slice() else { panic!("one is wanted") };
        assert_eq!((item.key.as_deref(), &*item.source), (Some("x"), "S3://b/k"));
    }

    #[test]
    fn a_list_is_given_as_an_array_of_its_objects() {
        let reader =
            r#"{"Resource":"arn:aws:states:::s3:listObjectsV2","Parameters":{"Bucket":"b"}}"#;
        let given = given(reader, r#"[{"Key":"k"}]"#).unwrap();
        assert_eq!((given.items.len(), &*given.items[0].source), (1, "S3://b"));
        assert_eq!(given.pointed, None);
    }

    #[test]
    fn a_given_file_that_is_malformed_fails_like_one_that_is_read() {
        let reader = r#"{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"b","Key":"k"},
            "ReaderConfig":{"InputType":"JSON"}}"#;
        assert_eq!(given(reader, "{").unwrap_err().error, "States.ItemReaderFailed");
    }
}
