//! Webhooks: requests that start runs.

mod auth;
mod git;
mod jwt;
mod key_set;
mod request;
mod respond;

use std::sync::Arc;

use compasso_pipeline::Pipeline;
use compasso_pipeline::tree::{TriggerKind, WebhookTrigger};
use compasso_types::{Arn, Json};
use tokio::sync::OwnedSemaphorePermit;

pub use self::request::{HookAnswer, HookRequest};

pub(crate) use self::key_set::FetchedSets;
pub use self::key_set::KeySets;

use self::auth::{Auth, Material, Secret};
use self::git::Git;
use self::respond::Respond;
use crate::Triggers;
use crate::entry::{Judgement, NO_KEY};
use crate::inbox::{Arrival, Later};
use crate::limits::{BODY_BYTES, BODY_BYTES_MAX, BODY_UNIT, GIT_BODY_BYTES};
use crate::record::{Delivery, Fate};
use crate::registry::Topic;
use crate::slot::Slot;

/// The header with the key of a request.
const KEY_HEADER: &str = "idempotency-key";

/// What a webhook is.
#[derive(Debug)]
pub(crate) struct Hook {
    pub(crate) path: String,
    methods: Vec<Arc<str>>,
    auth: Auth,
    body_bytes_max: usize,
    respond: Respond,
    git: Option<Git>,
}

/// A webhook that is being called.
pub struct HookCall {
    slot: Arc<Slot>,
    place: OwnedSemaphorePermit,
}

/// Nobody listens there, or not now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoHook {
    /// There is no such path.
    Path,
    /// There is, but not with this method; these are.
    Method(Vec<Arc<str>>),
    /// Two triggers listen there.
    Ambiguous,
    /// There are too many calls.
    Busy,
}

/// Returns a path on which two pipelines would listen to the same requests.
pub fn shared_path(one: &Pipeline, other: &Pipeline) -> Option<String> {
    let others: Vec<Hook> = Hook::all_of(other).map(|(_, hook)| hook).collect();
    let taken = |hook: &Hook| others.iter().any(|it| it.path == hook.path && it.meets(hook));
    Hook::all_of(one).map(|(_, hook)| hook).find(taken).map(|hook| hook.path)
}

impl Hook {
    /// Returns the webhooks of a pipeline that are on, with the places of their triggers.
    pub(crate) fn all_of(pipeline: &Pipeline) -> impl Iterator<Item = (usize, Self)> {
        let triggers = pipeline.triggers.list.iter().enumerate().filter(|(_, it)| it.enabled);
        triggers.filter_map(|(at, trigger)| {
            let hook = Self::of(&pipeline.name, &trigger.id, &trigger.kind).ok()??;
            Some((at, hook))
        })
    }

    /// Compiles what a trigger says; `None` if it is no webhook.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of(pipeline: &str, id: &str, kind: &TriggerKind) -> Result<Option<Self>, String> {
        match kind {
            TriggerKind::Webhook(webhook) => Self::of_webhook(webhook).map(Some),
            TriggerKind::Git(trigger) => {
                let (git, auth) = Git::of(trigger)?;
                Ok(Some(Self {
                    path: format!("/git/{pipeline}/{id}"),
                    methods: vec!["POST".into()],
                    auth,
                    body_bytes_max: GIT_BODY_BYTES,
                    respond: Respond::default(),
                    git: Some(git),
                }))
            }
            TriggerKind::Schedule(_)
            | TriggerKind::Queue(_)
            | TriggerKind::File(_)
            | TriggerKind::Object(_)
            | TriggerKind::Asset(_)
            | TriggerKind::Pipeline(_)
            | TriggerKind::Event(_)
            | TriggerKind::Sql(_)
            | TriggerKind::Alert(_) => Ok(None),
        }
    }

    fn of_webhook(webhook: &WebhookTrigger) -> Result<Self, String> {
        let most = webhook
            .max_body
            .map_or(BODY_BYTES, |size| usize::try_from(size.0).unwrap_or(usize::MAX));
        if most > BODY_BYTES_MAX {
            return Err(format!("'max_body' is {BODY_BYTES_MAX} bytes at most"));
        }
        let methods = webhook.methods.iter().map(|method| method.to_ascii_uppercase().into());
        let methods: Vec<Arc<str>> = methods.collect();
        Ok(Self {
            path: webhook.path.to_string(),
            methods: if methods.is_empty() { vec!["POST".into()] } else { methods },
            auth: Auth::of(&webhook.auth)?,
            body_bytes_max: most,
            respond: Respond::of(&webhook.respond)?,
            git: None,
        })
    }

    /// Whether a request may be one of both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.methods.iter().any(|method| other.methods.contains(method))
    }

    /// Says why what expressions saw of a request is not one that is looked for, unless it is.
    pub(crate) fn misfit(&self, shown: &Json) -> Option<String> {
        self.git.as_ref()?.misfit_of(shown)
    }

    /// Makes an event of a request.
    ///
    /// # Errors
    /// Its body is not what it says it is.
    fn arrival(&self, request: &HookRequest, known_by: Option<String>) -> Result<Arrival, String> {
        let seen = request.seen(self.auth.header())?;
        let named = || request.header(KEY_HEADER).map(str::to_owned);
        Ok(match &self.git {
            Some(git) => {
                let (trigger, misfit, delivery) = git.read(request, &seen);
                let judged = misfit.map(Judgement::Filtered);
                Arrival { trigger, known_by: delivery, judged }
            }
            None => Arrival { trigger: seen, known_by: known_by.or_else(named), judged: None },
        })
    }
}

impl HookCall {
    /// Returns how large the body may be.
    pub fn body_bytes_max(&self) -> usize {
        self.hook().body_bytes_max
    }

    /// Whether the caller must be known to the server itself.
    pub fn is_for_known(&self) -> bool {
        matches!(self.hook().auth, Auth::Server)
    }

    /// Whether its pipeline belongs to an account.
    pub fn is_of(&self, account: &str) -> bool {
        self.slot.pipeline.parse::<Arn>().is_ok_and(|arn| arn.account() == account)
    }

    fn hook(&self) -> &Hook {
        self.slot.entry.hook.as_ref().expect("a call is of a webhook")
    }
}

impl Triggers {
    /// Finds the webhook of a path below `/hooks`; `announced` is how large the body is, if that is
    /// known.
    ///
    /// # Errors
    /// See [`NoHook`].
    pub fn hook(
        &self,
        method: &str,
        path: &str,
        announced: Option<usize>,
    ) -> Result<HookCall, NoHook> {
        let there = self.listeners(&Topic::Path(path.to_owned()));
        let listens = |slot: &&Arc<Slot>| {
            let methods = slot.entry.hook.iter().flat_map(|hook| &hook.methods);
            methods.clone().any(|known| **known == *method)
        };
        let mut found = there.iter().filter(listens);
        match (found.next(), found.next()) {
            (Some(slot), None) => {
                let most = slot.entry.hook.as_ref().map_or(0, |hook| hook.body_bytes_max);
                let units = announced.map_or(most, |bytes| bytes.min(most)) / BODY_UNIT + 1;
                let bodies = self.inner.bodies.clone();
                let place = bodies.try_acquire_many_owned(units as u32);
                let place = place.map_err(|_| NoHook::Busy)?;
                Ok(HookCall { slot: slot.clone(), place })
            }
            (Some(_), Some(_)) => Err(NoHook::Ambiguous),
            (None, _) if there.is_empty() => Err(NoHook::Path),
            (None, _) => {
                let methods = there.iter().flat_map(|slot| slot.entry.hook.iter());
                Err(NoHook::Method(methods.flat_map(|hook| hook.methods.clone()).collect()))
            }
        }
    }

    /// Answers a call of a webhook. What is answered well is durable.
    ///
    /// # Errors
    /// Nothing can be stored now.
    pub async fn call(&self, call: HookCall, request: HookRequest) -> Result<HookAnswer, Later> {
        let HookCall { slot, place } = call;
        let hook = slot.entry.hook.as_ref().expect("a call is of a webhook");
        let material = self.material(&slot, &hook.auth, &request).await?;
        if material.is_some() != slot.has_secret() {
            // Its health is to say so.
            slot.shared.wake.notify_one();
        }
        let Some(material) = material else {
            return Ok(HookAnswer::refusal(503, "NotSetUp", NOT_SET_UP));
        };
        let Ok(proof) = hook.auth.check(&request, &material, self.now()) else {
            let why = "the caller did not show who it is";
            return Ok(HookAnswer::refusal(401, "AccessDenied", why));
        };
        let is_paused = slot.is_paused() && !slot.entry.holds;
        if !is_paused && slot.room() == 0 {
            let why = format!("{} events wait already; try again later", slot.pending());
            return Ok(HookAnswer::refusal(429, "TooManyEvents", why));
        }
        let arrival = match hook.arrival(&request, proof.known_by) {
            Ok(arrival) => arrival,
            Err(why) => return Ok(HookAnswer::refusal(400, "InvalidBody", why)),
        };
        if is_paused {
            let why = format!("the pipeline '{}' is paused", slot.pipeline_name);
            self.receive(&slot, vec![arrival], Some(place)).await?;
            return Ok(HookAnswer::refusal(409, "PipelinePaused", why));
        }
        let mut settled = self.receive(&slot, vec![arrival.clone()], Some(place)).await?;
        let delivery = settled.pop().expect("there is one for each event");
        Ok(self.told(&slot, hook, &arrival.trigger, delivery).await)
    }

    /// Returns what a request is checked with; `None` if it is a secret that is not kept.
    async fn material(
        &self,
        slot: &Slot,
        auth: &Auth,
        request: &HookRequest,
    ) -> Result<Option<Material>, Later> {
        if let Some(url) = auth.keys_at() {
            let keys = self.keys_at(url, Auth::key_name(request).as_deref()).await?;
            return Ok(Some(Material::Keys(keys)));
        }
        Ok(self.secret(slot, auth.secret()).await?.map(Material::Text))
    }

    /// Returns the text of a secret, empty if none is needed; `None` if it is not kept.
    async fn secret(
        &self,
        slot: &Slot,
        secret: Option<&Secret>,
    ) -> Result<Option<Arc<str>>, Later> {
        match secret {
            None => Ok(Some("".into())),
            Some(Secret::Literal(text)) => Ok(Some(text.clone())),
            Some(Secret::Named(name)) => {
                let found = self.starts()?.secret(&slot.pipeline, name).await;
                found.map_err(|error| Later(error.to_string()))
            }
        }
    }

    /// Says which secret a trigger needs that is not kept, if it needs one.
    pub(crate) async fn missing_secret(&self, slot: &Slot) -> Result<Option<Arc<str>>, Later> {
        let secret = slot.entry.hook.as_ref().and_then(|hook| hook.auth.secret());
        let Some(Secret::Named(name)) = secret else { return Ok(None) };
        let found = self.secret(slot, secret).await?;
        Ok(found.is_none().then(|| name.clone()))
    }

    /// Takes note that the secrets of an account changed: webhooks without theirs may have it now.
    pub fn secrets_changed(&self, account: &str) {
        for slot in self.registry().hooks() {
            if slot.pipeline.parse::<Arn>().is_ok_and(|arn| arn.account() == account) {
                slot.shared.wake.notify_one();
            }
        }
    }

    /// Returns the answer for what became of an event.
    async fn told(
        &self,
        slot: &Slot,
        hook: &Hook,
        trigger: &Json,
        delivery: Delivery,
    ) -> HookAnswer {
        let fate = |status: u16| {
            let id = Json::from(delivery.number.to_string());
            let fate = Json::from(delivery.fate.name());
            let run = delivery.run.as_deref().map(|run| ("run", Json::from(run)));
            let members = [("delivery", id), ("fate", fate)];
            HookAnswer::new(status, members.into_iter().chain(run))
        };
        match (delivery.fate, &delivery.run) {
            (Fate::Run | Fate::Duplicate, Some(run)) => {
                hook.respond.answer(self, slot, trigger, delivery.number, run).await
            }
            (Fate::Failed, _) => {
                let why = delivery.reason.clone().unwrap_or_default();
                let code = if why == NO_KEY { "NoKey" } else { "RunRefused" };
                HookAnswer::refusal(400, code, why)
            }
            (Fate::Dropped, _) => {
                let why = delivery.reason.clone().unwrap_or_default();
                HookAnswer::refusal(429, "TooManyEvents", why)
            }
            (Fate::Paused, _) => HookAnswer::refusal(409, "PipelinePaused", "it was paused"),
            (Fate::Filtered, _) => fate(200),
            (Fate::Run | Fate::Duplicate | Fate::Waiting | Fate::Held, _) => fate(202),
        }
    }
}

const NOT_SET_UP: &str = "the secret of this webhook is not kept by the server";
