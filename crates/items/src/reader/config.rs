//! The field `ReaderConfig`.

use std::io::Cursor;

use compasso_types::{Json, Object};

use crate::{ItemsError, formats};

/// Most items one reader gives.
const ITEMS_MAX: i64 = 100_000_000;

/// How a dataset is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReaderConfig {
    /// The format of the files; absent where the reader knows it.
    pub input_type: Option<InputType>,
    /// What is done with the objects of a list.
    pub transformation: Transformation,
    /// What a manifest lists.
    pub manifest_type: Option<ManifestType>,
    /// How CSV is written.
    pub csv: CsvConfig,
    /// Most items that are read; absent: all.
    pub max_items: Option<u64>,
    /// A JSON Pointer to the items inside a JSON file; empty: the whole file.
    pub items_pointer: String,
}

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputType {
    /// Records of separated values.
    Csv,
    /// One array or object.
    Json,
    /// One JSON value a line.
    JsonLines,
    /// Columns.
    Parquet,
    /// A list of files.
    Manifest,
}

/// What is done with the objects of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transformation {
    /// The entries of the list are the items.
    #[default]
    None,
    /// The items are what the listed objects hold.
    LoadAndFlatten,
}

/// What a manifest lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestType {
    /// The data files of a query of Athena.
    AthenaData,
    /// The files of an inventory of S3.
    S3Inventory,
}

/// How CSV is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvConfig {
    /// What stands between two fields.
    pub delimiter: CsvDelimiter,
    /// Where the names of the fields are.
    pub header: CsvHeader,
}

/// What stands between two fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CsvDelimiter {
    /// `,`
    #[default]
    Comma,
    /// `|`
    Pipe,
    /// `;`
    Semicolon,
    /// A blank.
    Space,
    /// A tabulator.
    Tab,
}

/// Where the names of the fields are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CsvHeader {
    /// The first record of each file.
    #[default]
    FirstRow,
    /// Here.
    Given(Vec<String>),
}

impl ReaderConfig {
    /// Reads the field, its expressions evaluated; absent: the defaults.
    ///
    /// # Errors
    /// A member has a value that it cannot have.
    pub fn from_json(field: Option<&Json>) -> Result<Self, ItemsError> {
        let empty = Object::new();
        let members = match field {
            None => &empty,
            Some(Json::Object(members)) => &**members,
            Some(_) => {
                return Err(ItemsError::reader("The field 'ReaderConfig' must be an object."));
            }
        };
        Ok(Self {
            input_type: choice(members, "InputType", &INPUT_TYPES)?,
            transformation: choice(members, "Transformation", &TRANSFORMATIONS)?
                .unwrap_or_default(),
            manifest_type: choice(members, "ManifestType", &MANIFEST_TYPES)?,
            csv: CsvConfig {
                delimiter: choice(members, "CSVDelimiter", &DELIMITERS)?.unwrap_or_default(),
                header: header(members)?,
            },
            max_items: max_items(members.get("MaxItems"))?,
            items_pointer: text(members, "ItemsPointer")?.unwrap_or_default().to_owned(),
        })
    }
}

impl ReaderConfig {
    /// Returns the values of the items of a file that is held in memory, `MaxItems` of them.
    ///
    /// # Errors
    /// The file is malformed, or its format has to be read from a store.
    pub fn values_of(&self, file: Vec<u8>) -> Result<Vec<Json>, ItemsError> {
        let mut items = formats::read(Box::new(Cursor::new(file)), self, "".into())?;
        let mut values = Vec::new();
        while (values.len() as u64) < self.max_items.unwrap_or(u64::MAX)
            && let Some(found) = items.next()?
        {
            values.push(found.value);
        }
        Ok(values)
    }
}

impl CsvDelimiter {
    /// Returns the delimiter itself.
    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Pipe => b'|',
            Self::Semicolon => b';',
            Self::Space => b' ',
            Self::Tab => b'\t',
        }
    }
}

const INPUT_TYPES: [(&str, InputType); 5] = [
    ("CSV", InputType::Csv),
    ("JSON", InputType::Json),
    ("JSONL", InputType::JsonLines),
    ("PARQUET", InputType::Parquet),
    ("MANIFEST", InputType::Manifest),
];

const TRANSFORMATIONS: [(&str, Transformation); 2] =
    [("NONE", Transformation::None), ("LOAD_AND_FLATTEN", Transformation::LoadAndFlatten)];

const MANIFEST_TYPES: [(&str, ManifestType); 2] =
    [("ATHENA_DATA", ManifestType::AthenaData), ("S3_INVENTORY", ManifestType::S3Inventory)];

const DELIMITERS: [(&str, CsvDelimiter); 5] = [
    ("COMMA", CsvDelimiter::Comma),
    ("PIPE", CsvDelimiter::Pipe),
    ("SEMICOLON", CsvDelimiter::Semicolon),
    ("SPACE", CsvDelimiter::Space),
    ("TAB", CsvDelimiter::Tab),
];

fn text<'a>(members: &'a Object, name: &str) -> Result<Option<&'a str>, ItemsError> {
    match members.get(name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(ItemsError::reader(format!("The field '{name}' must be a string."))),
    }
}

fn choice<T: Copy>(
    members: &Object,
    name: &str,
    known: &[(&str, T)],
) -> Result<Option<T>, ItemsError> {
    let Some(given) = text(members, name)? else {
        return Ok(None);
    };
    if let Some((_, value)) = known.iter().find(|(word, _)| *word == given) {
        return Ok(Some(*value));
    }
    let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
    Err(ItemsError::reader(format!(
        "The field '{name}' should have one of these values: [{}]",
        words.join(", ")
    )))
}

fn header(members: &Object) -> Result<CsvHeader, ItemsError> {
    const LOCATIONS: [(&str, bool); 2] = [("FIRST_ROW", false), ("GIVEN", true)];
    if choice(members, "CSVHeaderLocation", &LOCATIONS)? != Some(true) {
        return Ok(CsvHeader::FirstRow);
    }
    let wrong = || ItemsError::reader("The field 'CSVHeaders' must be an array of strings.");
    let given = members.get("CSVHeaders").and_then(Json::as_array).ok_or_else(wrong)?;
    let names = given.iter().map(|name| name.as_str().map(str::to_owned).ok_or_else(wrong));
    Ok(CsvHeader::Given(names.collect::<Result<_, _>>()?))
}

/// Nothing, zero and more than the limit all mean every item.
fn max_items(value: Option<&Json>) -> Result<Option<u64>, ItemsError> {
    let Some(value) = value else {
        return Ok(None);
    };
    let wrong = || ItemsError::reader("The field 'MaxItems' must be an integer.");
    let count = value.as_i64().ok_or_else(wrong)?;
    let count_checked =
        u64::try_from(count).map_err(|_| ItemsError::reader("field MaxItems must be positive"))?;
    Ok(Some(count_checked).filter(|_| count > 0 && count <= ITEMS_MAX))
}
