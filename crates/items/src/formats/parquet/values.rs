//! The values of Parquet as JSON.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use compasso_types::{Json, Number, Timestamp};
use parquet::data_type::ByteArray;
use parquet::record::{Field, Row};

/// About how much memory a value takes beside its text.
const VALUE_BYTES: usize = 64;
const MS_PER_DAY: i64 = 86_400_000;

/// Returns a row as an object, and about how much memory it takes.
pub(super) fn row(row: &Row) -> (Json, usize) {
    let mut bytes = 0;
    let members = row.get_column_iter();
    let members = members.map(|(name, field)| (&**name, value(field, &mut bytes)));
    (Json::object(members), bytes)
}

fn value(field: &Field, bytes: &mut usize) -> Json {
    *bytes += VALUE_BYTES;
    match field {
        Field::Null => Json::Null,
        Field::Bool(value) => Json::from(*value),
        Field::Byte(value) => Json::from(i64::from(*value)),
        Field::Short(value) => Json::from(i64::from(*value)),
        Field::Int(value) => Json::from(i64::from(*value)),
        Field::Long(value) => Json::from(*value),
        Field::UByte(value) => Json::from(i64::from(*value)),
        Field::UShort(value) => Json::from(i64::from(*value)),
        Field::UInt(value) => Json::from(i64::from(*value)),
        Field::ULong(value) => match i64::try_from(*value) {
            Ok(value) => Json::from(value),
            Err(_) => Json::from(*value as f64),
        },
        Field::Float16(value) => float(f64::from(value.to_f32())),
        // Through its text, so that 0.1 stays 0.1.
        Field::Float(value) => float(value.to_string().parse().unwrap_or(f64::NAN)),
        Field::Double(value) => float(*value),
        Field::Decimal(_) => Json::from(field.to_string()),
        Field::Str(text) => sized(text.clone(), bytes),
        Field::Bytes(binary) => sized(text_of(binary), bytes),
        Field::Date(days) => Json::from(date(i64::from(*days))),
        Field::TimeMillis(ms) => Json::from(time(i64::from(*ms) * 1000)),
        Field::TimeMicros(micros) => Json::from(time(*micros)),
        Field::TimestampMillis(ms) => Json::from(Timestamp(*ms).to_string()),
        Field::TimestampMicros(micros) => Json::from(instant(*micros)),
        Field::Group(group) => {
            let (value, within) = row(group);
            *bytes += within;
            value
        }
        Field::ListInternal(list) => {
            Json::array(list.elements().iter().map(|field| value(field, bytes)))
        }
        Field::MapInternal(map) => {
            let member = |(key, field): &(Field, Field)| {
                let key = value(key, bytes);
                let name = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                (name, value(field, bytes))
            };
            Json::object(map.entries().iter().map(member).collect::<Vec<_>>())
        }
    }
}

/// JSON has no number for what is not finite.
fn float(value: f64) -> Json {
    if value.is_finite() { Json::Number(Number::Float(value)) } else { Json::Null }
}

fn sized(text: String, bytes: &mut usize) -> Json {
    *bytes += text.len();
    Json::from(text)
}

/// Many writers store text without saying that it is text.
fn text_of(binary: &ByteArray) -> String {
    match str::from_utf8(binary.data()) {
        Ok(text) => text.to_owned(),
        Err(_) => BASE64_STANDARD.encode(binary.data()),
    }
}

fn date(days: i64) -> String {
    let midnight = Timestamp(days * MS_PER_DAY).to_string();
    midnight.split('T').next().unwrap_or_default().to_owned()
}

fn time(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{:06}", seconds % 60, micros.rem_euclid(1_000_000))
}

fn instant(micros: i64) -> String {
    let text = Timestamp(micros.div_euclid(1000)).to_string();
    match (micros.rem_euclid(1000), text.strip_suffix('Z')) {
        (0, _) | (_, None) => text,
        (rest, Some(start)) => format!("{start}{rest:03}Z"),
    }
}
