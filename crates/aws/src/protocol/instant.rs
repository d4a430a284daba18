//! Instants: written as protocols want them, and read however a service writes them.

use compasso_integrations::models::TimestampFormat;
use compasso_types::Json;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::fmt::strtime::BrokenDownTime;

const NANOS: f64 = 1e9;

/// Writes an instant that is given in seconds since 1970.
pub(super) fn write(seconds: &Json, format: TimestampFormat) -> Json {
    let Some(instant) = seconds.as_number().and_then(|number| of_seconds(number.as_f64())) else {
        return seconds.clone();
    };
    match format {
        TimestampFormat::Unix => seconds.clone(),
        TimestampFormat::Iso8601 => Json::from(instant.to_string()),
        TimestampFormat::Rfc822 => {
            Json::from(instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        }
    }
}

/// Reads an instant and writes it as `aws-sdk` integrations do: ISO text, with a fraction only if
/// there is one.
pub(super) fn read(value: &Json) -> Json {
    of(value).map_or_else(|| value.clone(), |instant| Json::from(in_thousands(instant)))
}

/// Reads an instant and writes it as optimized integrations do: milliseconds since 1970.
pub(super) fn in_milliseconds(value: &Json) -> Json {
    of(value).map_or_else(|| value.clone(), |instant| Json::from(instant.as_millisecond()))
}

fn of(value: &Json) -> Option<Timestamp> {
    match value {
        Json::Number(number) => of_seconds(number.as_f64()),
        Json::String(text) => of_text(text.trim()),
        _ => None,
    }
}

/// Writes as many digits of the fraction as needed, in groups of three.
fn in_thousands(instant: Timestamp) -> String {
    match instant.subsec_nanosecond() {
        0 => instant.to_string(),
        nanos if nanos % 1_000_000 == 0 => format!("{instant:.3}"),
        nanos if nanos % 1_000 == 0 => format!("{instant:.6}"),
        _ => format!("{instant:.9}"),
    }
}

fn of_text(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<f64>() {
        return of_seconds(seconds);
    }
    let of_http =
        || BrokenDownTime::parse("%a, %d %b %Y %H:%M:%S GMT", text).ok()?.to_datetime().ok();
    let utc = |time: jiff::civil::DateTime| {
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    };
    text.parse()
        .ok()
        .or_else(|| of_http().and_then(utc))
        .or_else(|| Some(rfc2822::parse(text).ok()?.timestamp()))
}

fn of_seconds(seconds: f64) -> Option<Timestamp> {
    // Doubles hold today's instants to a fraction of a microsecond; services write milliseconds.
    let millis = (seconds * 1000.0).round();
    if !millis.is_finite() || millis.abs() > NANOS * NANOS {
        return None;
    }
    Timestamp::from_millisecond(millis as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_in_three_ways() {
        let seconds = Json::from(1_769_860_800);
        let write = |format| write(&seconds, format).to_string();
        assert_eq!(write(TimestampFormat::Unix), "1769860800");
        assert_eq!(write(TimestampFormat::Iso8601), r#""2026-01-31T12:00:00Z""#);
        assert_eq!(write(TimestampFormat::Rfc822), r#""Sat, 31 Jan 2026 12:00:00 GMT""#);
    }

    #[test]
    fn every_way_to_write_an_instant_is_read() {
        for (text, shown) in [
            ("1769860800", "2026-01-31T12:00:00Z"),
            ("1769860800.5", "2026-01-31T12:00:00.500Z"),
            (r#""2026-01-31T12:00:00.000Z""#, "2026-01-31T12:00:00Z"),
            (r#""2026-01-31T13:00:00.123456+01:00""#, "2026-01-31T12:00:00.123456Z"),
            (r#""Sat, 31 Jan 2026 12:00:00 GMT""#, "2026-01-31T12:00:00Z"),
            (r#""1769860800""#, "2026-01-31T12:00:00Z"),
            (r#""soon""#, "soon"),
        ] {
            assert_eq!(read(&Json::parse(text).unwrap()), Json::from(shown), "{text}");
        }
    }
}
