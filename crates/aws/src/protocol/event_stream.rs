//! Streams of events, in AWS's framing: lengths, headers, a payload and checksums.

use compasso_types::Json;

/// The lengths of a message and of its headers, and the checksum of these.
const PRELUDE_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 4;

/// One message of a stream.
struct Message {
    /// `event`, `exception` or `error`.
    kind: String,
    /// The name of the event, exception or error.
    name: String,
    payload: Vec<u8>,
}

/// An event of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamedEvent {
    /// The member of the stream that it is.
    pub name: String,
    /// What it says, in the model's own names.
    pub payload: Json,
}

/// What breaks off a stream.
#[derive(Debug, PartialEq)]
pub(crate) enum Broken {
    /// The service says that it went wrong.
    Exception {
        /// The member of the stream, or a code.
        name: String,
        message: Option<String>,
    },
    /// The bytes are no stream.
    Garbage,
}

/// Reads a whole stream.
pub(crate) fn read(mut bytes: &[u8]) -> Result<Vec<StreamedEvent>, Broken> {
    let mut events = Vec::new();
    while !bytes.is_empty() {
        let (message, rest) = message(bytes).ok_or(Broken::Garbage)?;
        bytes = rest;
        let payload = String::from_utf8_lossy(&message.payload);
        let payload = Json::parse(&payload).unwrap_or_default();
        if message.kind == "event" {
            events.push(StreamedEvent { name: message.name, payload });
        } else {
            let text = payload.get("message").and_then(Json::as_str);
            return Err(Broken::Exception { name: message.name, message: text.map(str::to_owned) });
        }
    }
    Ok(events)
}

/// Reads the first message; returns it and what follows.
fn message(bytes: &[u8]) -> Option<(Message, &[u8])> {
    let length = usize::try_from(number(bytes.get(..4)?)?).ok()?;
    let headers_length = usize::try_from(number(bytes.get(4..8)?)?).ok()?;
    let (checked, checksum) = bytes.get(..length)?.split_at_checked(length.checked_sub(4)?)?;
    let is_whole = number(checksum)? == crc32fast::hash(checked)
        && number(bytes.get(8..PRELUDE_BYTES)?)? == crc32fast::hash(bytes.get(..8)?);
    if !is_whole || length < PRELUDE_BYTES + CHECKSUM_BYTES {
        return None;
    }
    let (headers, payload) = checked.get(PRELUDE_BYTES..)?.split_at_checked(headers_length)?;
    let mut message =
        Message { kind: String::new(), name: String::new(), payload: payload.to_vec() };
    let mut rest = headers;
    while !rest.is_empty() {
        let (name, value, following) = header(rest)?;
        rest = following;
        let text = || String::from_utf8_lossy(value).into_owned();
        match name {
            b":message-type" => message.kind = text(),
            b":event-type" | b":exception-type" | b":error-code" => message.name = text(),
            _ => {}
        }
    }
    Some((message, bytes.get(length..)?))
}

/// Reads the first header; returns its name, its value and what follows.
fn header(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (name_length, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*name_length))?;
    let (kind, rest) = rest.split_first()?;
    let (length, rest) = match kind {
        0 | 1 => (0, rest),
        2 => (1, rest),
        3 => (2, rest),
        4 => (4, rest),
        5 | 8 => (8, rest),
        6 | 7 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        9 => (16, rest),
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((name, value, rest))
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames a message.
    fn framed(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
        let mut fields = Vec::new();
        for (name, value) in headers {
            fields.push(u8::try_from(name.len()).unwrap());
            fields.extend(name.as_bytes());
            fields.push(7);
            fields.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
            fields.extend(value.as_bytes());
        }
        let length = PRELUDE_BYTES + fields.len() + payload.len() + CHECKSUM_BYTES;
        let mut bytes = u32::try_from(length).unwrap().to_be_bytes().to_vec();
        bytes.extend(u32::try_from(fields.len()).unwrap().to_be_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes.extend(fields);
        bytes.extend(payload.as_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    #[test]
    fn events_are_read_in_their_order() {
        let event = |name: &str, payload: &str| {
            framed(&[(":message-type", "event"), (":event-type", name)], payload)
        };
        let stream = [event("a", r#"{"x":1}"#), event("b", "{}")].concat();
        let names = |events: Vec<StreamedEvent>| {
            events.into_iter().map(|event| event.name + &event.payload.to_string()).collect()
        };
        let read: Vec<String> = read(&stream).map(names).unwrap();
        assert_eq!(read, [r#"a{"x":1}"#, "b{}"]);
    }

    #[test]
    fn an_exception_breaks_the_stream_off() {
        let headers = [(":message-type", "exception"), (":exception-type", "validationException")];
        let broken = read(&framed(&headers, r#"{"message":"no"}"#)).unwrap_err();
        let expected = Broken::Exception {
            name: "validationException".to_owned(),
            message: Some("no".to_owned()),
        };
        assert_eq!(broken, expected);
    }

    #[test]
    fn damaged_and_cut_streams_are_garbage() {
        let whole = framed(&[(":message-type", "event"), (":event-type", "a")], "{}");
        assert!(read(&whole).is_ok());
        for end in 1..whole.len() {
            assert_eq!(read(&whole[..end]), Err(Broken::Garbage), "{end}");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert_eq!(read(&damaged), Err(Broken::Garbage), "{at}");
        }
    }
}
