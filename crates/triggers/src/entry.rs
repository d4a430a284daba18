//! A trigger of a pipeline, ready to judge events.

use std::sync::Arc;
use std::time::Duration;

use compasso_expr::CompileError;
use compasso_expr::query::Query;
use compasso_pipeline::tree::{AssetTrigger, Trigger, TriggerKind};
use compasso_types::Json;

use crate::event::{CloudEvent, Wanted};
use crate::expression::Scene;
use crate::hook::Hook;
use crate::limits::{GROUP_MAX, PENDING_DEFAULT, PENDING_MAX};
use crate::record::EventNumber;
use crate::watch::Watch;

/// Why a request starts nothing whose key is to be known and is not: the same one could start two.
pub(crate) const NO_KEY: &str = "the trigger's 'key' comes to nothing for this request";

/// Most characters of a condition that are told.
const CONDITION_CHARS_MAX: usize = 200;

/// A trigger whose expressions are compiled.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: Arc<str>,
    pub(crate) kind: TriggerKind,
    pub(crate) group: Option<Group>,
    /// Whether events are kept while the pipeline is paused.
    pub(crate) holds: bool,
    /// Most events that wait for their run.
    pub(crate) pending_max: usize,
    pub(crate) hook: Option<Hook>,
    pub(crate) event: Option<Wanted>,
    pub(crate) watch: Option<Watch>,
    pub(crate) asset: Option<AssetTrigger>,
    /// The members of events that are sealed before they are stored.
    pub(crate) secret_members: Vec<Vec<Arc<str>>>,
    condition: Option<(Query, Arc<str>)>,
    key: Option<Query>,
    params: Vec<(Arc<str>, Query)>,
}

/// How events become one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// So many make a run at once.
    pub(crate) most: usize,
    /// Starts so long after the last event.
    pub(crate) quiet: Option<Duration>,
    /// Starts so long after the first event at the latest.
    pub(crate) wait: Option<Duration>,
}

/// A trigger cannot work as it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    /// It is wrong.
    #[error("{0}")]
    Wrong(String),
    /// This version cannot do it.
    #[error("{0} is not supported yet")]
    NotSupported(&'static str),
}

/// What an entry makes of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// It is to start a run. The key is what makes another event the same.
    Wanted { key: Option<Arc<str>> },
    /// It is to start none, for this reason.
    Filtered(String),
    /// An expression failed.
    Failed(String),
}

impl Entry {
    /// Compiles a trigger.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn compile(pipeline: &str, trigger: &Trigger) -> Result<Self, Unusable> {
        let condition = trigger.condition.as_ref();
        let condition = condition.map(|it| Ok((it.query()?, it.text.clone())));
        let key = trigger.key.as_ref().map(compasso_pipeline::Expression::query);
        let params = trigger.params.iter().map(|(name, value)| Ok((name.clone(), value.query()?)));
        let pending_max = trigger.max_pending.map_or(PENDING_DEFAULT, |most| most as usize);
        Ok(Self {
            id: trigger.id.clone(),
            kind: trigger.kind.clone(),
            group: Group::of(trigger),
            holds: trigger.holds_when_paused,
            pending_max: pending_max.clamp(1, PENDING_MAX),
            hook: Hook::of(pipeline, &trigger.id, &trigger.kind)?,
            event: match &trigger.kind {
                TriggerKind::Event(event) => Some(Wanted::of(event)?),
                _ => None,
            },
            watch: Watch::of(trigger)?,
            asset: match &trigger.kind {
                TriggerKind::Asset(asset) => Some(asset.clone()),
                _ => None,
            },
            secret_members: trigger.secret_members.clone(),
            condition: condition.transpose().map_err(|errors: Vec<_>| told(&errors))?,
            key: key.transpose().map_err(|errors| told(&errors))?,
            params: params.collect::<Result<_, Vec<_>>>().map_err(|errors| told(&errors))?,
        })
    }

    /// Says whether it looks at the same things in the same way as another one.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        let same = match (&self.kind, &other.kind) {
            (TriggerKind::File(ours), TriggerKind::File(theirs)) => ours == theirs,
            (TriggerKind::Object(ours), TriggerKind::Object(theirs)) => ours == theirs,
            (TriggerKind::Sql(ours), TriggerKind::Sql(theirs)) => ours == theirs,
            (TriggerKind::Pipeline(ours), TriggerKind::Pipeline(theirs)) => ours == theirs,
            (TriggerKind::Alert(ours), TriggerKind::Alert(theirs)) => ours == theirs,
            _ => self.watch.is_none() && other.watch.is_none(),
        };
        let timeout = |entry: &Self| entry.watch.as_ref().map(Watch::timeout);
        same && timeout(self) == timeout(other)
    }

    /// Says whether a run is about the time that the run was about whose end starts it.
    pub(crate) fn keeps_time(&self) -> bool {
        matches!(&self.kind, TriggerKind::Pipeline(trigger) if trigger.same_interval)
    }

    /// Returns the pipeline whose ends start runs, if nothing else must be so.
    pub(crate) fn upstream(&self) -> Option<&Arc<str>> {
        match &self.kind {
            TriggerKind::Pipeline(trigger) if self.condition.is_none() => Some(&trigger.name),
            _ => None,
        }
    }

    /// Whether what came while the pipeline was paused becomes one run.
    pub(crate) fn coalesces_held(&self) -> bool {
        self.group.is_none() && self.asset.as_ref().is_some_and(|asset| asset.coalesce)
    }

    /// Judges an event; `known_by` is the key that its source gives it.
    pub(crate) fn judge(&self, scene: &Scene, known_by: Option<&str>) -> Judgement {
        match self.unmet(scene) {
            Ok(None) => {}
            Ok(Some(why)) => return Judgement::Filtered(why),
            Err(why) => return Judgement::Failed(why),
        }
        let computed = self.key.as_ref().map(|key| scene.text(key, "key")).transpose();
        match computed {
            Ok(computed) => {
                let key = computed.flatten().map(Arc::from);
                let key = key.or_else(|| known_by.map(Arc::from));
                if key.is_none() && self.key.is_some() && self.hook.is_some() {
                    return Judgement::Failed(NO_KEY.to_owned());
                }
                Judgement::Wanted { key }
            }
            Err(why) => Judgement::Failed(why),
        }
    }

    /// Says why an event that came before is not one that is looked for now, if it is not. Its key is
    /// nothing to that.
    pub(crate) fn misfit(&self, number: EventNumber, trigger: &Json) -> Option<String> {
        let is_taken = |wanted: &Wanted| {
            CloudEvent::of_shown(trigger).is_some_and(|event| wanted.takes(&event))
        };
        if self.event.as_ref().is_some_and(|wanted| !is_taken(wanted)) {
            return Some("'source', 'type' or 'pattern' are others now".into());
        }
        let of_hook = self.hook.as_ref().and_then(|hook| hook.misfit(trigger));
        of_hook.or_else(|| self.unmet(&Scene::new(number, trigger, [])).unwrap_or_else(Some))
    }

    /// Says that the condition does not hold, if it does not.
    ///
    /// # Errors
    /// It failed.
    fn unmet(&self, scene: &Scene) -> Result<Option<String>, String> {
        let Some((condition, text)) = &self.condition else { return Ok(None) };
        if scene.holds(condition, "if")? {
            return Ok(None);
        }
        let text: String = text.trim().chars().take(CONDITION_CHARS_MAX).collect();
        Ok(Some(format!("'if' does not hold: {text}")))
    }

    /// Returns the params of an event's run; those that come to nothing are left out.
    ///
    /// # Errors
    /// An expression failed.
    pub(crate) fn params(&self, scene: &Scene) -> Result<Json, String> {
        let mut params = Vec::with_capacity(self.params.len());
        for (name, query) in &self.params {
            let value = scene.value(query, &format!("params/{name}"))?;
            params.extend(value.map(|value| (name.clone(), value)));
        }
        Ok(Json::object(params))
    }
}

impl From<String> for Unusable {
    fn from(why: String) -> Self {
        Self::Wrong(why)
    }
}

impl From<&str> for Unusable {
    fn from(why: &str) -> Self {
        Self::Wrong(why.to_owned())
    }
}

impl Group {
    fn of(trigger: &Trigger) -> Option<Self> {
        if trigger.debounce.is_none() && trigger.batch.is_none() {
            return None;
        }
        let most = trigger.batch.and_then(|batch| batch.max).map_or(GROUP_MAX, |max| max as usize);
        Some(Self {
            most: most.clamp(1, GROUP_MAX),
            quiet: trigger.debounce,
            wait: trigger.batch.and_then(|batch| batch.wait),
        })
    }
}

/// Returns one text for errors of a compilation.
pub(crate) fn told(errors: &[CompileError]) -> String {
    errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("; ")
}
