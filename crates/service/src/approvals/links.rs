//! Links by which people decide who have no key of this server.
//!
//! A link names an approval, a decision and whom it was sent to, sealed with the key of this
//! installation, so that nobody can make one up. It is made when it is sent: until then, and in every
//! record of the run, a mark stands for it. **Invariant:** looking at a link decides nothing, because
//! programs that read mails follow links; it decides when its page is asked to, and once.

use std::sync::Arc;
use std::time::Duration;

use compasso_dispatch::{Asked, Links};
use compasso_pipeline::link_mark;
use compasso_pipeline::tree::check_form;
use compasso_store::{DocumentChange, Expected};
use compasso_types::{Json, Object};
use serde::{Deserialize, Serialize};

use super::list::item;
use super::{ApprovalItem, ApprovalRecord, CLOSED, Decide, Decider, ENDING, OPEN};
use crate::records::Record;
use crate::shelf::{delete, put, read_once};
use crate::{Act, Error, Role, Service, Viewer, Who};

/// What the paths of links begin with.
const PATH: &str = "/decide/";
/// What links are sealed for.
const CONTEXT: &str = "approval-link";
/// How long a message waits for its approval, which begins at the same time.
const ASKED_WITHIN: Duration = Duration::from_secs(10);
/// Most characters of whom a link was sent to.
const SENT_TO_CHARS_MAX: usize = 200;
/// Hexadecimal digits of a key.
const KEY_CHARS: usize = 32;
const DECISIONS: [&str; 2] = ["approve", "reject"];

/// Which approval a task asked for last; the key follows from run and place.
#[derive(Serialize, Deserialize)]
struct PlaceRecord {
    approval: Arc<str>,
}

impl Record for PlaceRecord {
    const KIND: &'static str = "approval-place";
}

/// What is sealed in a link.
#[derive(Serialize, Deserialize)]
struct Link {
    approval: Arc<str>,
    decision: Arc<str>,
    sent_to: Arc<str>,
}

/// What a link leads to.
#[derive(Clone, Debug)]
pub struct LinkPage {
    /// `approve` or `reject`.
    pub decision: Arc<str>,
    /// Whom it was sent to.
    pub sent_to: Arc<str>,
    /// What is asked.
    pub approval: ApprovalItem,
    /// What becomes of the link.
    pub state: LinkState,
    /// Where the console answers it.
    pub console: String,
}

/// What becomes of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It decides when it is asked to.
    Ready,
    /// There are questions to be answered first.
    HasQuestions,
    /// Whoever decides must be known.
    IsForKnown,
    /// It has decided, and others are waited for.
    Used,
    /// The approval is closed.
    Closed,
}

impl Service {
    /// Returns the links of an approval for whom a message goes to.
    pub(crate) async fn links_of_approval(&self, asked: Asked<'_>) -> Result<Links, String> {
        let told = |error: Error| error.to_string();
        let Asked { run, place, action, parameters } = asked;
        let Some(address) = self.inner.address.get() else {
            return Err("links need an address: set 'url' in the settings".into());
        };
        let approval = self.approval_at(run, place).await.map_err(told)?;
        let approval = approval.ok_or_else(|| format!("nobody is asked at {place} yet"))?;
        let sent_to: Arc<str> = recipient(action, parameters).into();
        let mut links = Vec::with_capacity(DECISIONS.len());
        for decision in DECISIONS {
            let (approval, sent_to) = (approval.clone(), sent_to.clone());
            let link = Link { approval, decision: decision.into(), sent_to };
            let plain = serde_json::to_vec(&link).expect("a link is plain data");
            let token = self.seal_alike(CONTEXT, CONTEXT, &plain).map_err(told)?;
            let url = format!("{}{PATH}{}", address.trim_end_matches('/'), in_path(&token));
            links.push((link_mark(decision), url));
        }
        Ok(links)
    }

    /// Returns the approval that a task asks for; waits a little for it, because whoever is told of
    /// the task may be faster.
    async fn approval_at(&self, run: &str, place: &str) -> Result<Option<Arc<str>>, Error> {
        let key = key_of(run, place);
        let deadline = tokio::time::Instant::now() + ASKED_WITHIN;
        loop {
            let asked = self.inner.approval_asked.notified();
            tokio::pin!(asked);
            asked.as_mut().enable();
            let found = read_once::<PlaceRecord>(&self.runtime, &key).await?;
            let found = found.map(|place| place.approval);
            if let Some(id) = &found
                && self.open_approval(id).await?.is_some()
            {
                return Ok(found);
            }
            if tokio::time::timeout_at(deadline, asked).await.is_err() {
                return Ok(found);
            }
        }
    }

    /// Counts the people who have agreed to what a task of a run asks, by the place of the task.
    pub(crate) async fn votes(&self, run: &str, place: &str) -> Result<usize, Error> {
        let place = read_once::<PlaceRecord>(&self.runtime, &key_of(run, place)).await?;
        let Some(PlaceRecord { approval }) = place else { return Ok(0) };
        let record =
            read_once::<ApprovalRecord>(&self.runtime, &format!("{OPEN}{approval}")).await?;
        Ok(record.map_or(0, |record| record.decisions.len()))
    }

    async fn open_approval(&self, id: &str) -> Result<Option<ApprovalRecord>, Error> {
        let open = format!("{OPEN}{id}");
        let Some(record) = read_once::<ApprovalRecord>(&self.runtime, &open).await? else {
            return Ok(None);
        };
        Ok((!self.close_if_over(&open, &record).await?).then_some(record))
    }

    /// Shows what a link leads to; it decides nothing.
    ///
    /// # Errors
    /// It is none of ours, or nothing is known of its approval any more.
    pub async fn approval_link(&self, token: &str) -> Result<LinkPage, Error> {
        let link = self.read_link(token)?;
        self.link_page(&link).await
    }

    /// Decides as a link says, if it still does; returns what it leads to then.
    ///
    /// # Errors
    /// It is none of ours, nothing is known of its approval any more, or the store does not answer.
    pub async fn decide_by_link(&self, token: &str) -> Result<LinkPage, Error> {
        let link = self.read_link(token)?;
        let page = self.link_page(&link).await?;
        let account = page.approval.run.split(':').nth(4).map(Arc::from);
        let decider = link.decider();
        Act::is_by(Who {
            account: account.clone(),
            name: decider.name.clone(),
            credential: Some("link".into()),
            role: decider.role,
        });
        Act::concerns(format!("approval:{}", link.approval));
        Act::detail("decision", &*link.decision);
        Act::detail("sent_to", &*link.sent_to);
        if page.state != LinkState::Ready {
            return Err(Error::Conflict("the link does not decide any more".into()));
        }
        let decide = Decide { decision: link.decision.to_string(), ..Decide::default() };
        let viewer = Viewer { account };
        self.decide_approval(&viewer, &decider, &link.approval, &decide).await?;
        self.link_page(&link).await
    }

    fn read_link(&self, token: &str) -> Result<Link, Error> {
        let none = || Error::ResourceNotFound { arn: "link".into() };
        let opened = self.open_of(CONTEXT, &out_of_path(token))?.map_err(|_| none())?;
        serde_json::from_slice(&opened).map_err(|_| none())
    }

    async fn link_page(&self, link: &Link) -> Result<LinkPage, Error> {
        let page = |key: &str, record: &ApprovalRecord, state| LinkPage {
            decision: link.decision.clone(),
            sent_to: link.sent_to.clone(),
            approval: item(key, record),
            state,
            console: self.console_of(&link.approval),
        };
        let id = &link.approval;
        if let Some(record) = self.open_approval(id).await? {
            let state = link.state(&record);
            return Ok(page(&format!("{OPEN}{id}"), &record, state));
        }
        for prefix in [ENDING, CLOSED] {
            let key = format!("{prefix}{id}");
            if let Some(record) = read_once::<ApprovalRecord>(&self.runtime, &key).await? {
                return Ok(page(&key, &record, LinkState::Closed));
            }
        }
        Err(Error::ResourceNotFound { arn: id.to_string() })
    }

    fn console_of(&self, approval: &str) -> String {
        let address = self.inner.address.get().map(String::as_str).unwrap_or_default();
        format!("{}/approvals?id={approval}", address.trim_end_matches('/'))
    }
}

impl Link {
    /// Returns who decides by it: whoever it was sent to.
    fn decider(&self) -> Decider {
        Decider {
            name: format!("link:{}", self.sent_to).into(),
            groups: Vec::new(),
            role: Role::Operator,
            is_anybody: false,
            has_link: true,
        }
    }

    /// Returns what becomes of it while the approval is open.
    fn state(&self, record: &ApprovalRecord) -> LinkState {
        let name = self.decider().name;
        let form = record.asked.get("form").unwrap_or(&Json::Null);
        let asks = || &*self.decision == "approve" && check_form(form, &Object::new()).is_err();
        let is_for_known = record.asked.get("not_by_starter").and_then(Json::as_bool);
        if record.decisions.iter().any(|it| it.by == name) {
            LinkState::Used
        } else if is_for_known == Some(true) {
            LinkState::IsForKnown
        } else if asks() {
            LinkState::HasQuestions
        } else {
            LinkState::Ready
        }
    }
}

/// Orders that the approval of a task be found by its place.
pub(super) fn found_by(run: &str, place: &str, approval: &str) -> DocumentChange {
    put(&key_of(run, place), Expected::Any, &PlaceRecord { approval: approval.into() })
}

/// Orders that this be forgotten.
pub(super) fn forgotten(run: &str, place: &str) -> DocumentChange {
    delete::<PlaceRecord>(&key_of(run, place))
}

fn key_of(run: &str, place: &str) -> String {
    let digest = blake3::hash(format!("{run}\n{place}").as_bytes());
    digest.to_hex()[..KEY_CHARS].to_owned()
}

/// Says whom a message goes to, as far as that is known.
fn recipient(action: &str, parameters: &Json) -> String {
    let text = |name: &str| parameters.get(name).and_then(Json::as_str).map(str::to_owned);
    let told = match action {
        "email" => match parameters.get("to") {
            Some(Json::Array(items)) => {
                let items = items.items().filter_map(|item| item.as_str().map(str::to_owned));
                Some(items.collect::<Vec<_>>().join(", "))
            }
            _ => text("to"),
        },
        "slack" => text("channel"),
        "notify" => Some(text("to").unwrap_or_else(|| "default".into())),
        _ => text("url").and_then(|url| url.split('/').nth(2).map(str::to_owned)),
    };
    let told = told.filter(|told| !told.is_empty()).unwrap_or_else(|| action.to_owned());
    told.chars().take(SENT_TO_CHARS_MAX).collect()
}

/// Writes Base64 as a path has it.
fn in_path(token: &str) -> String {
    token.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn out_of_path(token: &str) -> String {
    let mut token = token.replace('-', "+").replace('_', "/");
    while !token.len().is_multiple_of(4) {
        token.push('=');
    }
    token
}
