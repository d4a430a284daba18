//! Values of PostgreSQL's binary form as JSON.

use std::error::Error;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_types::{Json, Object};
use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Kind, Type};

use crate::Failure;

/// 2000-01-01, from which PostgreSQL counts, in microseconds since 1970.
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

/// Microseconds of an hour and of a minute.
const HOUR: i64 = 3_600_000_000;
const MINUTE: i64 = 60_000_000;

/// Returns a row as an object; of columns of one name the last counts.
pub(super) fn members(row: &Row) -> Result<Object, Failure> {
    let mut members = Object::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        let value: Option<Value> = row.try_get(index).map_err(|error| {
            let cause = error.source().map(ToString::to_string).unwrap_or_default();
            Failure::Bind(format!("the column '{}': {cause}", column.name()))
        })?;
        members.insert(column.name().into(), value.map_or(Json::Null, |value| value.0));
    }
    Ok(members)
}

struct Value(Json);

type Unreadable = Box<dyn Error + Sync + Send>;

impl<'a> FromSql<'a> for Value {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Unreadable> {
        read(kind, raw).map(Self)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn read(kind: &Type, raw: &[u8]) -> Result<Json, Unreadable> {
    match kind.kind() {
        Kind::Array(_) => {
            let items = Vec::<Option<Value>>::from_sql(kind, raw)?;
            return Ok(Json::array(
                items.into_iter().map(|item| item.map_or(Json::Null, |item| item.0)),
            ));
        }
        Kind::Enum(_) => return Ok(Json::from(String::from_sql(&Type::TEXT, raw)?)),
        Kind::Domain(of) => return read(of, raw),
        _ => {}
    }
    Ok(match *kind {
        Type::BOOL => Json::from(bool::from_sql(kind, raw)?),
        Type::INT2 => i64::from(i16::from_sql(kind, raw)?).into(),
        Type::INT4 => i64::from(i32::from_sql(kind, raw)?).into(),
        Type::INT8 => i64::from_sql(kind, raw)?.into(),
        Type::OID => i64::from(u32::from_sql(kind, raw)?).into(),
        Type::FLOAT4 => real(f64::from(f32::from_sql(kind, raw)?)),
        Type::FLOAT8 => real(f64::from_sql(kind, raw)?),
        Type::NUMERIC => numeric(raw)?,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::XML => {
            Json::from(String::from_sql(&Type::TEXT, raw)?)
        }
        Type::JSON => Json::parse(std::str::from_utf8(raw)?)?,
        // A byte says in which version it is.
        Type::JSONB => Json::parse(std::str::from_utf8(raw.get(1..).unwrap_or_default())?)?,
        Type::BYTEA => Json::from(STANDARD.encode(raw)),
        Type::UUID => Json::from(uuid(raw)?),
        Type::DATE => date(i32::from_sql(&Type::INT4, raw)?)?,
        Type::TIME => Json::from(
            (Time::midnight() + Span::new().microseconds(i64::from_sql(&Type::INT8, raw)?))
                .to_string(),
        ),
        Type::TIMESTAMP => moment(i64::from_sql(&Type::INT8, raw)?, false)?,
        Type::TIMESTAMPTZ => moment(i64::from_sql(&Type::INT8, raw)?, true)?,
        Type::INTERVAL => interval(raw)?,
        Type::VOID => Json::Null,
        _ => return Err(format!("{kind} cannot be read; cast it to text").into()),
    })
}

fn real(value: f64) -> Json {
    if value.is_finite() { value.into() } else { Json::Null }
}

fn date(days: i32) -> Result<Json, Unreadable> {
    match days {
        i32::MAX => return Ok(Json::from("infinity")),
        i32::MIN => return Ok(Json::from("-infinity")),
        _ => {}
    }
    let date = Date::constant(2000, 1, 1).checked_add(Span::new().try_days(days)?)?;
    Ok(Json::from(date.to_string()))
}

fn moment(microseconds: i64, is_instant: bool) -> Result<Json, Unreadable> {
    match microseconds {
        i64::MAX => return Ok(Json::from("infinity")),
        i64::MIN => return Ok(Json::from("-infinity")),
        _ => {}
    }
    let since = microseconds.checked_add(EPOCH_MICROSECONDS).ok_or("a time out of range")?;
    let instant = Timestamp::from_microsecond(since)?;
    if is_instant {
        return Ok(Json::from(instant.to_string()));
    }
    let local: DateTime = instant.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    Ok(Json::from(local.to_string()))
}

fn interval(raw: &[u8]) -> Result<Json, Unreadable> {
    let (time, rest) = raw.split_at_checked(8).ok_or("a broken interval")?;
    let (days, months) = rest.split_at_checked(4).ok_or("a broken interval")?;
    let time = i64::from_sql(&Type::INT8, time)?;
    let span = Span::new()
        .try_months(i32::from_sql(&Type::INT4, months)?)?
        .try_days(i32::from_sql(&Type::INT4, days)?)?
        .try_hours(time / HOUR)?
        .try_minutes(time % HOUR / MINUTE)?
        .try_microseconds(time % MINUTE)?;
    Ok(Json::from(span.to_string()))
}

fn uuid(raw: &[u8]) -> Result<String, Unreadable> {
    let bytes: [u8; 16] = raw.try_into()?;
    let hexadecimal = format!("{:032x}", u128::from_be_bytes(bytes));
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &hexadecimal[range]);
    Ok(parts.join("-"))
}

/// Reads a number of any length: groups of four decimal digits, and where the point is.
fn numeric(raw: &[u8]) -> Result<Json, Unreadable> {
    let words: Vec<i16> =
        raw.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]])).collect();
    let [_, weight, sign, scale, digits @ ..] = &*words else {
        return Err("a broken number".into());
    };
    let sign = match *sign as u16 {
        0 => "",
        0x4000 => "-",
        _ => return Ok(Json::Null),
    };
    let weight = i32::from(*weight);
    // Groups that are not written are zero.
    let group =
        |at: i32| usize::try_from(at).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0);
    let mut text = format!("{sign}{}", if weight < 0 { 0 } else { group(0) });
    for at in 1..=weight {
        write!(text, "{:04}", group(at))?;
    }
    let scale = usize::from(*scale as u16);
    if scale > 0 {
        let mut fraction = String::new();
        for at in 1..=scale.div_ceil(4) as i32 {
            write!(fraction, "{:04}", group(weight + at))?;
        }
        write!(text, ".{}", &fraction[..scale])?;
    }
    Ok(Json::parse(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_groups_of_four_digits() {
        let check = |words: &[i16], expected: &str| {
            let raw: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            assert_eq!(numeric(&raw).unwrap().to_string(), expected);
        };
        check(&[0, 0, 0, 0], "0");
        check(&[2, 1, 0, 0, 12, 3456], "123456");
        check(&[1, 1, 0, 0, 12], "120000");
        check(&[2, 0, 0x4000, 2, 1, 5000], "-1.5");
        check(&[1, -1, 0, 4, 42], "0.0042");
        check(&[1, -2, 0, 8, 42], "4.2E-7");
        check(&[0, 0, i16::MIN + 0x4000, 0], "null");
    }
}
