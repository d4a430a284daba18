//! Deciding.

use std::sync::Arc;

use compasso_pipeline::tree::check_form;
use compasso_runtime::ReportError;
use compasso_store::Expected;
use compasso_types::{Json, Object, Payload};
use serde::Deserialize;

use super::list::item;
use super::{ApprovalItem, ApprovalRecord, CLOSED, Decision, ENDING, OPEN};
use crate::shelf::{
    CHANGE_ATTEMPTS_MAX, Change, Shelf, Stored, delete, put, read_once, read_stored,
};
use crate::{Error, Role, Service, Viewer};

/// Most characters of a comment.
const COMMENT_CHARS_MAX: usize = 4_096;
/// Approvals that are told at once after a start.
const TOLD_MAX: usize = 1_000;

/// What somebody decides.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// `approve` or `reject`.
    pub decision: String,
    /// What they say about it.
    pub comment: Option<Arc<str>>,
    /// What they answer.
    pub form: Option<Json>,
}

/// Who decides.
#[derive(Clone, Debug)]
pub struct Decider {
    /// Their name.
    pub name: Arc<str>,
    /// What they belong to.
    pub groups: Vec<String>,
    /// What they may do.
    pub role: Role,
    /// Whether nobody is known here, so that everybody may decide.
    pub is_anybody: bool,
    /// Whether all that is known of them is that they have a link, which is worth a decision.
    pub has_link: bool,
}

impl Decider {
    /// Returns whether the approval is theirs to decide; without `by` it is anybody's.
    fn may(&self, by: &Json) -> bool {
        let Some(by) = by.as_array().filter(|by| !by.is_empty()) else { return true };
        let is_meant = |who: &str| match who.split_once(':') {
            Some(("user", name)) => *name == *self.name,
            Some(("group", name)) => self.groups.iter().any(|group| group == name),
            Some(("role", name)) => Role::from_name(name).is_some_and(|it| self.role.covers(it)),
            _ => false,
        };
        self.is_anybody || self.has_link || by.iter().filter_map(Json::as_str).any(is_meant)
    }
}

impl Service {
    /// Notes what somebody decides. The last decision that is needed ends the approval, and with it
    /// the task.
    ///
    /// # Errors
    /// There is no such approval, it is over, it is not theirs, they have decided, or their answers
    /// break the rules of the form.
    pub async fn decide_approval(
        &self,
        viewer: &Viewer,
        decider: &Decider,
        id: &str,
        request: &Decide,
    ) -> Result<ApprovalItem, Error> {
        let open = format!("{OPEN}{id}");
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let found = read_stored::<ApprovalRecord>(&self.runtime, &open).await?;
            let Some(found) = found else { return Err(self.why_not_open(id).await?) };
            let (revision, mut record) = (found.revision, ApprovalRecord::clone(&found.value));
            if !viewer.sees(&record.run) {
                return Err(Error::ResourceNotFound { arn: id.to_owned() });
            }
            if self.close_if_over(&open, &record).await? {
                return Err(Error::Conflict("the task that asked is over".to_owned()));
            }
            record.decisions.push(self.decision(&record, decider, request)?);
            record.end = end_of(&record);
            let Some(_) = &record.end else {
                let change = put(&open, Expected::Revision(revision), &record);
                match self.change(&open, vec![change]).await? {
                    Change::Done => return Ok(item(&open, &record)),
                    Change::Overtaken => continue,
                }
            };
            let ending = format!("{ENDING}{id}");
            let mut gone = delete::<ApprovalRecord>(&open);
            gone.expected = Expected::Revision(revision);
            let changes = vec![put(&ending, Expected::Absent, &record), gone];
            match self.change(&open, changes).await? {
                Change::Done => {}
                Change::Overtaken => continue,
            }
            self.tell_end(&ending, &record).await?;
            return Ok(item(&ending, &record));
        }
        Err(Error::Overtaken { arn: id.to_owned() })
    }

    async fn why_not_open(&self, id: &str) -> Result<Error, Error> {
        for prefix in [ENDING, CLOSED] {
            let key = format!("{prefix}{id}");
            if let Some(record) = read_once::<ApprovalRecord>(&self.runtime, &key).await? {
                let how = record.end.as_deref().unwrap_or("over");
                return Ok(Error::Conflict(format!("the approval is {how}")));
            }
        }
        Ok(Error::ResourceNotFound { arn: id.to_owned() })
    }

    fn decision(
        &self,
        record: &ApprovalRecord,
        decider: &Decider,
        request: &Decide,
    ) -> Result<Decision, Error> {
        let invalid = |message: String| Error::Validation { message, reason: None };
        if !decider.may(record.asked.get("by").unwrap_or(&Json::Null)) {
            let message = format!("'{}' is not among those who may decide this", decider.name);
            return Err(invalid(message));
        }
        check_not_starter(&record.asked, decider, request)?;
        if !decider.is_anybody && record.decisions.iter().any(|it| it.by == decider.name) {
            return Err(Error::Conflict(format!("'{}' has decided already", decider.name)));
        }
        if request.comment.as_ref().is_some_and(|text| text.chars().count() > COMMENT_CHARS_MAX) {
            return Err(invalid(format!("a comment has at most {COMMENT_CHARS_MAX} characters")));
        }
        let given = match &request.form {
            None => Object::new(),
            Some(form) => match form.as_object() {
                Some(form) => (**form).clone(),
                None => return Err(invalid("'form' is an object".to_owned())),
            },
        };
        let form = match &*request.decision {
            "approve" => check_form(record.asked.get("form").unwrap_or(&Json::Null), &given)
                .map_err(|found| {
                    Error::InvalidParams(found.into_iter().map(Into::into).collect())
                })?,
            "reject" => given,
            other => return Err(invalid(format!("'{other}' is neither 'approve' nor 'reject'"))),
        };
        Ok(Decision {
            by: decider.name.clone(),
            decision: request.decision.as_str().into(),
            at: self.now(),
            comment: request.comment.clone(),
            form: form.into(),
        })
    }

    /// Ends the task of an approval that ended, and closes it.
    async fn tell_end(&self, ending: &str, record: &ApprovalRecord) -> Result<(), Error> {
        match self.runtime.report(&record.token, Ok(answer(record))).await {
            // Whoever waited has heard of it, or does not wait any more.
            Ok(())
            | Err(ReportError::InvalidToken | ReportError::NoTask | ReportError::TaskOver) => {}
            Err(error) => return Err(error.into()),
        }
        let closed = ending.replacen(ENDING, CLOSED, 1);
        let changes = vec![put(&closed, Expected::Any, record), delete::<ApprovalRecord>(ending)];
        self.change(ending, changes).await.map(|_| ())
    }

    /// Closes an open approval whose task is over; returns whether it is.
    pub(super) async fn close_if_over(
        &self,
        open: &str,
        record: &ApprovalRecord,
    ) -> Result<bool, Error> {
        match self.runtime.heartbeat(&record.token).await {
            Ok(()) => return Ok(false),
            Err(ReportError::InvalidToken | ReportError::NoTask | ReportError::TaskOver) => {}
            Err(error) => return Err(error.into()),
        }
        // It may have been decided a moment ago: what is there now counts.
        let found = read_stored::<ApprovalRecord>(&self.runtime, open).await?;
        let Some(Stored { value, revision }) = found else { return Ok(true) };
        let record = ApprovalRecord { end: Some("over".into()), ..ApprovalRecord::clone(&value) };
        let closed = open.replacen(OPEN, CLOSED, 1);
        let mut gone = delete::<ApprovalRecord>(open);
        gone.expected = Expected::Revision(revision);
        // Whoever was faster has closed it: what they wrote stays.
        let changes = vec![put(&closed, Expected::Absent, &record), gone];
        self.change(open, changes).await.map(|_| true)
    }

    /// Tells tasks of decisions that a crash kept from them.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn tell_decisions(&self) -> Result<(), Error> {
        loop {
            let found =
                Shelf::<ApprovalRecord>::list(&self.runtime, ENDING, None, TOLD_MAX).await?;
            for (key, record) in &found {
                self.tell_end(key, record).await?;
            }
            if found.len() < TOLD_MAX {
                return Ok(());
            }
        }
    }
}

/// Refuses whoever started the run, if the approval is not theirs. Who rejects on a server that knows
/// nobody does no more than who gives the run up.
fn check_not_starter(asked: &Json, decider: &Decider, request: &Decide) -> Result<(), Error> {
    if asked.get("not_by_starter").and_then(Json::as_bool) != Some(true) {
        return Ok(());
    }
    if decider.has_link {
        let message =
            "whoever started the run may not decide this, and a link does not tell who has it";
        return Err(Error::Conflict(message.to_owned()));
    }
    if decider.is_anybody && request.decision == "approve" {
        let message = "whoever started the run may not approve this, and a server without access \
                       keys cannot tell people apart: give it [[auth.keys]] with a 'name' each";
        return Err(Error::Conflict(message.to_owned()));
    }
    if asked.get("starter").and_then(Json::as_str) == Some(&*decider.name) {
        let message = format!("'{}' started the run and may not decide this", decider.name);
        return Err(Error::Validation { message, reason: None });
    }
    Ok(())
}

/// Returns how an approval ended, if it has: one rejection, or as many approvals as it needs.
fn end_of(record: &ApprovalRecord) -> Option<Arc<str>> {
    if record.decisions.iter().any(|it| &*it.decision == "reject") {
        return Some("rejected".into());
    }
    let needed = record.asked.get("count").and_then(Json::as_i64).unwrap_or(1);
    (record.decisions.len() as i64 >= needed).then(|| "approved".into())
}

/// Returns the result of the task.
fn answer(record: &ApprovalRecord) -> Payload {
    let by = record.decisions.iter().map(|it| Json::String(it.by.clone())).collect::<Vec<_>>();
    let mut members = vec![
        ("decision", Json::from(record.end.clone().unwrap_or_default())),
        ("by", Json::array(by)),
    ];
    if let Some(last) = record.decisions.last() {
        members.push(("at", last.at.to_string().into()));
        members.extend(last.comment.clone().map(|comment| ("comment", Json::String(comment))));
        members.push(("form", last.form.clone()));
    }
    Json::object(members).into()
}
