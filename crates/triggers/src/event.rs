//! Events that are told to the server: `CloudEvents`, and entries as EventBridge takes them.

use std::sync::Arc;

use compasso_pipeline::tree::EventTrigger;
use compasso_types::{Arn, Json, Timestamp};

use crate::Triggers;
use crate::inbox::{Arrival, Later};
use crate::pattern::Pattern;
use crate::record::Delivery;
use crate::registry::Topic;
use crate::slot::Slot;

/// Most events that are told at once.
pub const EVENTS_MAX: usize = 100;

/// What events a trigger waits for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    source: Option<Arc<str>>,
    kind: Option<Arc<str>>,
    pattern: Option<Pattern>,
}

/// An event, in the form of `CloudEvents`.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudEvent {
    /// What expressions see.
    shown: Json,
    /// What patterns see: with the names of EventBridge as well.
    matched: Json,
    source: String,
    kind: String,
    /// Whether its sender named it, so that it can be known again.
    id: Option<String>,
}

/// Whom an event was told.
#[derive(Clone, Debug)]
pub struct EventTold {
    /// What became of it at each trigger that waits for such events.
    pub deliveries: Vec<EventDelivery>,
    /// The ARNs of the runs whose tasks waited for it.
    pub waited: Vec<Arc<str>>,
}

/// What became of an event at a trigger.
#[derive(Clone, Debug)]
pub struct EventDelivery {
    /// The ARN of the pipeline.
    pub pipeline: Arc<str>,
    /// The id of the trigger.
    pub trigger: Arc<str>,
    /// What became of it.
    pub delivery: Delivery,
}

impl Wanted {
    /// Reads what a trigger says.
    ///
    /// # Errors
    /// What is wrong with its pattern.
    pub(crate) fn of(trigger: &EventTrigger) -> Result<Self, String> {
        let pattern = trigger.pattern.as_ref().map(Pattern::parse).transpose()?;
        let (source, kind) = (trigger.source.clone(), trigger.kind.clone());
        if source.is_none() && kind.is_none() && pattern.is_none() {
            return Err("an event trigger has 'source', 'type' or 'pattern'".into());
        }
        Ok(Self { source, kind, pattern })
    }

    pub(crate) fn takes(&self, event: &CloudEvent) -> bool {
        self.source.as_ref().is_none_or(|source| **source == *event.source)
            && self.kind.as_ref().is_none_or(|kind| **kind == *event.kind)
            && self.pattern.as_ref().is_none_or(|pattern| pattern.matches(&event.matched))
    }
}

impl CloudEvent {
    /// Reads events: one `CloudEvent`, a list of them, or `Entries` as EventBridge takes them.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn read_all(value: &Json, now: Timestamp) -> Result<Vec<Self>, String> {
        let (items, place) = match (value, value.get("Entries")) {
            (_, Some(Json::Array(entries))) => ((**entries).clone(), "/Entries/"),
            (Json::Array(items), _) => ((**items).clone(), "/"),
            (Json::Object(_), None) => (vec![value.clone()], ""),
            _ => return Err("send a CloudEvent, a list of them, or 'Entries'".into()),
        };
        if items.is_empty() || items.len() > EVENTS_MAX {
            return Err(format!("send 1 to {EVENTS_MAX} events at once"));
        }
        let read = items.iter().enumerate().map(|(at, item)| {
            let place = if place.is_empty() { String::new() } else { format!("{place}{at}: ") };
            Self::read(item, now).map_err(|why| format!("{place}{why}"))
        });
        read.collect()
    }

    /// Returns where it comes from.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Returns what expressions see.
    pub(crate) fn shown(&self) -> &Json {
        &self.shown
    }

    /// Returns the event of which expressions saw this.
    pub(crate) fn of_shown(shown: &Json) -> Option<Self> {
        // It has its time already.
        Self::read(shown, Timestamp(0)).ok()
    }

    fn read(value: &Json, now: Timestamp) -> Result<Self, String> {
        let text = |name: &str| value.get(name).and_then(Json::as_str);
        let first = |names: &[&str]| names.iter().find_map(|name| text(name));
        let missing = |name: &str| format!("'{name}' is missing, or is no text");
        let source = first(&["source", "Source"]).ok_or_else(|| missing("source"))?;
        let kind = first(&["type", "DetailType", "detail-type"]).ok_or_else(|| missing("type"))?;
        let id = first(&["id", "Id"]);
        let time = first(&["time", "Time"]).map_or_else(|| now.to_string(), str::to_owned);
        let data = ["data", "Detail", "detail"].iter().find_map(|name| value.get(name));
        let data = match data {
            // EventBridge takes the detail as a text.
            Some(Json::String(text)) if value.get("Detail").is_some() => {
                Json::parse(text).map_err(|error| format!("'Detail' is no JSON: {error}"))?
            }
            Some(data) => data.clone(),
            None => Json::Null,
        };
        let is_cloud_event = value.get("specversion").is_some();
        let own = value.as_object().filter(|_| is_cloud_event);
        let own = own.map(|members| (**members).clone()).unwrap_or_default();
        let resources = value.get("Resources").or_else(|| value.get("resources"));
        let known = [
            ("specversion", Json::from("1.0")),
            ("source", Json::from(source)),
            ("type", Json::from(kind)),
            ("time", Json::from(time)),
            ("data", data.clone()),
        ];
        let known = known.into_iter().map(|(name, value)| (Arc::from(name), value));
        let named = id.map(|id| (Arc::from("id"), Json::from(id)));
        let resources = resources.map(|value| (Arc::from("resources"), value.clone()));
        let shown = Json::object(known.chain(own).chain(named).chain(resources));
        let spellings = [("detail-type", Json::from(kind)), ("detail", data)];
        let members = shown.as_object().map(|members| (**members).clone()).unwrap_or_default();
        let spellings = spellings.into_iter().map(|(name, value)| (Arc::from(name), value));
        let matched = Json::object(members.into_iter().chain(spellings));
        let (source, kind, id) = (source.to_owned(), kind.to_owned(), id.map(str::to_owned));
        Ok(Self { shown, matched, source, kind, id })
    }
}

impl Triggers {
    /// Tells the triggers of an account, or of all accounts, of an event, and the tasks that wait for
    /// it; durable when it returns.
    ///
    /// # Errors
    /// Something cannot be stored now: those who know the event already do not take it twice if it
    /// has an `id`.
    pub async fn tell(
        &self,
        account: Option<&str>,
        event: &CloudEvent,
    ) -> Result<EventTold, Later> {
        let is_of = |slot: &Slot| {
            let arn = slot.pipeline.parse::<Arn>();
            account.is_none_or(|account| arn.is_ok_and(|arn| arn.account() == account))
        };
        let wanted = |slot: &Slot| slot.entry.event.as_ref().is_some_and(|it| it.takes(event));
        let mut deliveries = Vec::new();
        for slot in
            self.listeners(&Topic::Events).into_iter().filter(|slot| wanted(slot) && is_of(slot))
        {
            let known_by = event.id.as_ref().map(|id| format!("{}|{id}", event.source));
            let arrival = Arrival { trigger: event.shown.clone(), known_by, judged: None };
            for delivery in self.receive(&slot, vec![arrival], None).await? {
                let (pipeline, trigger) = (slot.pipeline.clone(), slot.entry.id.clone());
                deliveries.push(EventDelivery { pipeline, trigger, delivery });
            }
        }
        let waited = self.tell_waiters(account, event).await?;
        Ok(EventTold { deliveries, waited })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<CloudEvent>, String> {
        CloudEvent::read_all(&Json::parse(text).unwrap(), Timestamp(0))
    }

    fn takes(trigger: &str, event: &str) -> bool {
        let trigger = Json::parse(trigger).unwrap();
        let text = |name: &str| trigger.get(name).and_then(Json::as_str).map(Arc::from);
        let trigger = EventTrigger {
            source: text("source"),
            kind: text("type"),
            pattern: trigger.get("pattern").cloned(),
        };
        Wanted::of(&trigger).unwrap().takes(&read(event).unwrap()[0])
    }

    #[test]
    fn a_cloud_event_keeps_all_of_its_members() {
        let events = read(
            r#"[{"specversion":"1.0","id":"1","source":"/shop","type":"paid","data":{"n":1},"x":2}]"#,
        );
        let events = events.unwrap();
        let shown = events[0].shown.to_string();
        assert_eq!(
            shown,
            r#"{"specversion":"1.0","source":"/shop","type":"paid","time":"1970-01-01T00:00:00.000Z","data":{"n":1},"id":"1","x":2}"#
        );
        assert_eq!(events[0].id.as_deref(), Some("1"));
    }

    #[test]
    fn entries_of_event_bridge_become_cloud_events() {
        let events = read(
            r#"{"Entries":[{"Source":"shop","DetailType":"paid","Detail":"{\"n\":1}","Resources":["r"]}]}"#,
        );
        let shown = &events.unwrap()[0].shown;
        assert_eq!(shown.get("data").unwrap().to_string(), r#"{"n":1}"#);
        assert_eq!(shown.get("type"), Some(&Json::from("paid")));
        assert_eq!(shown.get("id"), None);
    }

    #[test]
    fn what_is_no_event_is_refused_with_its_place() {
        assert_eq!(read("{}").unwrap_err(), "'source' is missing, or is no text");
        let second = r#"[{"source":"s","type":"t"},{"source":"s"}]"#;
        assert_eq!(read(second).unwrap_err(), "/1: 'type' is missing, or is no text");
        let detail = r#"{"Entries":[{"Source":"s","DetailType":"t","Detail":"x"}]}"#;
        assert!(read(detail).unwrap_err().starts_with("/Entries/0: 'Detail' is no JSON"));
        for text in ["1", "[]", r#"{"Entries":{}}"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn source_type_and_pattern_belong_together() {
        let event = r#"{"source":"shop","type":"paid","data":{"n":5}}"#;
        assert!(takes(r#"{"source":"shop"}"#, event));
        assert!(!takes(r#"{"source":"shop","type":"sent"}"#, event));
        let pattern = r#"{"type":"paid","pattern":{"detail-type":["paid"],"detail":{"n":[{"numeric":[">",4]}]}}}"#;
        assert!(takes(pattern, event));
        assert!(takes(r#"{"pattern":{"data":{"n":[5]}}}"#, event));
        assert!(!takes(r#"{"pattern":{"data":{"n":[4]}}}"#, event));
    }
}
