//! Answers of services, as states see them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_integrations::Call;
use compasso_integrations::models::{Kind, Location, Member, Protocol, Structure};
use compasso_types::{Json, Object};
use roxmltree::{Document, Node};

use super::shown;
use crate::Answer;

/// An answer that is not what the protocol wants; says why.
#[derive(Debug)]
pub(crate) struct Unreadable(pub(crate) String);

/// Reads the answer to a call that went well.
pub(crate) fn read(call: &Call, answer: &Answer) -> Result<Json, Unreadable> {
    let Some(output) = call.service.output(call.operation) else {
        return Ok(Json::empty_object());
    };
    let mut members = Object::new();
    match call.service.protocol {
        Protocol::Json => {
            let body = json_body(answer)?;
            members.extend(shown::of_json(call, output, &body));
        }
        Protocol::Query | Protocol::Ec2 => {
            let text = text(answer);
            if !text.trim().is_empty() {
                let document = xml_body(&text)?;
                let root = result_element(call, document.root_element());
                members.extend(shown::of_xml(call, output, root));
            }
        }
        Protocol::RestJson | Protocol::RestXml => rest(call, output, answer, &mut members)?,
    }
    members.sort_keys();
    Ok(Json::from(members))
}

fn rest(
    call: &Call,
    output: &Structure,
    answer: &Answer,
    members: &mut Object,
) -> Result<(), Unreadable> {
    let naming = call.naming();
    for member in &output.members {
        if let Some(value) = of_head(call, member, answer) {
            members.insert(member.shown(naming).into(), value);
        }
    }
    if let Some(payload) = output.payload_member() {
        if let Some(value) = of_payload(call, payload, answer)? {
            members.insert(payload.shown(naming).into(), value);
        }
    } else if output.members.iter().any(|member| member.location() == Location::Body)
        && !answer.body.trim_ascii().is_empty()
    {
        if call.service.protocol == Protocol::RestJson {
            members.extend(shown::of_json(call, output, &json_body(answer)?));
        } else {
            let text = text(answer);
            members.extend(shown::of_xml(call, output, xml_body(&text)?.root_element()));
        }
    }
    Ok(())
}

/// Reads a member from status and headers.
fn of_head(call: &Call, member: &Member, answer: &Answer) -> Option<Json> {
    let kind = call.service.kind(member.kind);
    match member.location() {
        Location::Status => Some(Json::from(i64::from(answer.status.as_u16()))),
        Location::Headers => {
            let prefix = member.wire_name().to_ascii_lowercase();
            let named = answer.headers.iter().filter_map(|(name, value)| {
                let rest = name.as_str().strip_prefix(&prefix)?;
                Some((rest, Json::from(&*String::from_utf8_lossy(value.as_bytes()))))
            });
            Some(Json::object(named))
        }
        Location::Header => {
            let value = answer.headers.get(member.wire_name())?;
            let text = String::from_utf8_lossy(value.as_bytes());
            Some(match kind {
                _ if member.is_json_text() => decoded(&text),
                Kind::List(_) => Json::array(text.split(',').map(|item| Json::from(item.trim()))),
                kind => shown::scalar(kind, &text),
            })
        }
        Location::Body | Location::Uri | Location::Query => None,
    }
}

fn decoded(text: &str) -> Json {
    let bytes = STANDARD.decode(text).unwrap_or_default();
    Json::from(&*String::from_utf8_lossy(&bytes))
}

/// Reads the member that is the whole body.
fn of_payload(call: &Call, member: &Member, answer: &Answer) -> Result<Option<Json>, Unreadable> {
    match call.service.kind(member.kind) {
        Kind::Blob | Kind::String => Ok(Some(Json::from(&*text(answer)))),
        _ if answer.body.trim_ascii().is_empty() => Ok(None),
        _ if call.service.protocol == Protocol::RestJson => {
            Ok(Some(shown::value_of_json(call, member.kind, &json_body(answer)?)))
        }
        _ => {
            let text = text(answer);
            Ok(Some(shown::value_of_xml(call, member.kind, xml_body(&text)?.root_element())))
        }
    }
}

fn text(answer: &Answer) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(&answer.body)
}

fn json_body(answer: &Answer) -> Result<Json, Unreadable> {
    let text = text(answer);
    if text.trim().is_empty() {
        return Ok(Json::empty_object());
    }
    Json::parse(&text).map_err(|error| Unreadable(format!("the answer is no JSON: {error}")))
}

fn xml_body(text: &str) -> Result<Document<'_>, Unreadable> {
    Document::parse(text).map_err(|error| Unreadable(format!("the answer is no XML: {error}")))
}

/// Returns the element around the result of a form protocol.
fn result_element<'a, 'input>(call: &Call, root: Node<'a, 'input>) -> Node<'a, 'input> {
    let operation = call.operation;
    let usual = format!("{}Result", operation.name);
    let name = if operation.result_wrapper.is_empty() { &usual } else { &operation.result_wrapper };
    root.children().find(|child| child.tag_name().name() == name).unwrap_or(root)
}
