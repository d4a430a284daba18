//! `ListExecutions`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use compasso_mapruns::{MapRunDescription, Status as RunStatus};
use compasso_runtime::Description;
use compasso_store::{Cursor, ExecutionFilter, ExecutionHeader, Redriven, Status};
use compasso_types::{Arn, Timestamp};
use serde::{Deserialize, Serialize};

use super::status_name;
use crate::arns::{
    LONG_ARN_CHARS_MAX, MachineArn, Qualifier, arn_length_if, labelled, labelled_machine, map_run,
};
use crate::constraints::Constraints;
use crate::dates::{seconds, seconds_if};
use crate::paging::{PAGE_ITEMS_MAX, page_items};
use crate::records::MachineType;
use crate::{Error, Service};

/// In the order AWS names them.
const STATUSES: [&str; 6] =
    ["SUCCEEDED", "TIMED_OUT", PENDING_REDRIVE, "ABORTED", "FAILED", "RUNNING"];
const PENDING_REDRIVE: &str = "PENDING_REDRIVE";
const REDRIVE_FILTERS: [&str; 2] = ["REDRIVEN", "NOT_REDRIVEN"];
const TOKEN_CHARS_MAX: usize = 3096;

/// Asks for a page of a state machine's executions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ListExecutions {
    pub state_machine_arn: Option<String>,
    pub status_filter: Option<String>,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
    pub map_run_arn: Option<String>,
    pub redrive_filter: Option<String>,
}

/// What `ListExecutions` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ExecutionPage {
    pub executions: Vec<ExecutionItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An execution in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ExecutionItem {
    pub execution_arn: Arc<str>,
    pub state_machine_arn: Arc<str>,
    pub name: String,
    pub status: &'static str,
    #[serde(serialize_with = "seconds")]
    pub start_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds_if")]
    pub stop_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_run_arn: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_alias_arn: Option<Arc<str>>,
    pub redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds_if")]
    pub redrive_date: Option<Timestamp>,
}

impl Service {
    /// Lists the executions of a Standard state machine, of one of its versions or aliases, or the
    /// children of a map run: the latest to close, or to be started or redriven if it is open, first.
    ///
    /// # Errors
    /// The request is invalid, or there is no such state machine, version, alias or map run.
    pub async fn list_executions(&self, request: ListExecutions) -> Result<ExecutionPage, Error> {
        let asked = request.check()?;
        let status = request.status_filter.as_deref();
        let redriven = request.redrive_filter.as_deref();
        let (text, filter, run) = match &asked {
            Asked::Machine(text) => (*text, self.executions_of(text).await?, None),
            Asked::MapRun(arn) => {
                let (arn, run) = (arn.as_str(), self.map_run(arn.as_str()).await?);
                let workflow = Some(arn.into());
                (arn, ExecutionFilter { workflow, ..ExecutionFilter::default() }, Some(run))
            }
        };
        let filter = ExecutionFilter { status: status.and_then(open_or_closed), ..filter };
        let listing = filter.workflow.as_deref().unwrap_or_default();
        let (shown, redrives) = (status.unwrap_or("any"), redriven.unwrap_or("any"));
        let pages = format!("{text} {listing} {shown} {redrives}");
        let position = self.position(&pages, request.next_token.as_deref()).await?;
        let start = if run.is_some() { Position::FIRST_CHILD } else { Position::Stored(None) };
        let mut position = position.as_deref().map_or(Ok(start), Position::parse)?;
        let wanted = Wanted { status, redriven };
        let mut room = page_items(request.max_results);
        let mut executions = Vec::new();
        if let Some(run) = &run {
            (executions, position) = self.expresses(run, position, room, wanted).await?;
            room -= executions.len();
        }
        if let Position::Stored(after) = position
            && room > 0
        {
            let page = self.runtime.executions(filter, after, room).await?;
            position = page.next.map_or(Position::End, |at| Position::Stored(Some(at)));
            for header in page.items {
                executions.extend(self.listed(run.as_ref(), header, wanted).await?);
            }
        }
        let next_token = match position {
            Position::End => None,
            position => {
                Some(self.page_tokens().await?.seal(&pages, &position.to_string(), self.now()))
            }
        };
        Ok(ExecutionPage { executions, next_token })
    }

    /// Lists the Express children of a map run that are under way, which no rows show; returns the
    /// position after them.
    async fn expresses(
        &self,
        run: &MapRunDescription,
        position: Position,
        room: usize,
        wanted: Wanted<'_>,
    ) -> Result<(Vec<ExecutionItem>, Position), Error> {
        let Position::Express(below) = position else { return Ok((Vec::new(), position)) };
        if wanted.status.is_some_and(|status| status != "RUNNING") {
            return Ok((Vec::new(), Position::Stored(None)));
        }
        let found = self.map_runs.expresses(&run.map_run_arn, below, room).await?;
        let next = match found.last() {
            Some((place, _)) if found.len() == room => Position::Express(*place),
            Some(_) | None => Position::Stored(None),
        };
        let fitting = found.into_iter().filter(|(_, child)| wanted.fits_redrive(child.redriven));
        Ok((fitting.map(|(_, child)| express(run, &child)).collect(), next))
    }

    /// Shows a stored execution, unless it is not wanted.
    async fn listed(
        &self,
        run: Option<&MapRunDescription>,
        header: ExecutionHeader,
        wanted: Wanted<'_>,
    ) -> Result<Option<ExecutionItem>, Error> {
        let Some(run) = run else { return Ok(Some(item(header))) };
        let status = child_status(run, &header);
        if !wanted.fits_redrive(header.redriven) || wanted.status.is_some_and(|it| it != status) {
            return Ok(None);
        }
        if status == PENDING_REDRIVE {
            // An Express child may run again by now, and is listed so.
            let child = self.runtime.describe(&header.key).await?;
            if child.is_some_and(|child| child.closed.is_none()) {
                return Ok(None);
            }
        }
        self.child(run, header).await.map(Some)
    }

    async fn child(
        &self,
        run: &MapRunDescription,
        header: ExecutionHeader,
    ) -> Result<ExecutionItem, Error> {
        let items = if run.is_batched {
            let child = self.runtime.describe(&header.key).await?;
            child.and_then(|child| child.record.map_run).map_or(1, |child| child.items)
        } else {
            1
        };
        let arn = Arn::from_str(&header.key.0).ok();
        let name = arn.as_ref().and_then(|arn| arn.parts().nth(1)).unwrap_or_default().to_owned();
        Ok(ExecutionItem {
            name,
            status: child_status(run, &header),
            state_machine_arn: labelled_machine(&run.map_run_arn).into(),
            map_run_arn: Some(run.map_run_arn.clone()),
            item_count: Some(items),
            ..item(header)
        })
    }

    /// Returns what lists the executions that were started by an ARN.
    pub(crate) async fn executions_of(&self, text: &str) -> Result<ExecutionFilter, Error> {
        let (arn, qualifier) = match MachineArn::of_workflow("stateMachineArn", text)? {
            MachineArn::Machine(arn) => (arn, None),
            MachineArn::Qualified { machine, qualifier } => (machine, Some(qualifier)),
            MachineArn::Labelled { .. } => return Err(labelled()),
        };
        let missing = || Error::StateMachineDoesNotExist { arn: text.to_owned() };
        let machine = self.machine_if_any(&arn).await?.ok_or_else(missing)?.value;
        if machine.kind == MachineType::Express {
            return Err(Error::StateMachineTypeNotSupported);
        }
        let (publications, _) = self.publications(&arn).await?;
        let (mut version, mut alias) = (None, None);
        let is_there = match &qualifier {
            None => true,
            Some(Qualifier::Version(number)) => {
                version = Some(text.into());
                publications.version(*number).is_some()
            }
            Some(Qualifier::Alias(name)) => {
                alias = Some(text.into());
                publications.alias(name).is_some()
            }
        };
        let workflow = Some(machine.listing(&arn));
        let filter = ExecutionFilter { workflow, version, alias, ..ExecutionFilter::default() };
        is_there.then_some(filter).ok_or_else(missing)
    }
}

/// Which children of a map run are asked for.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    status: Option<&'a str>,
    redriven: Option<&'a str>,
}

impl Wanted<'_> {
    fn fits_redrive(&self, redriven: Option<Redriven>) -> bool {
        self.redriven.is_none_or(|wanted| (wanted == "REDRIVEN") == redriven.is_some())
    }
}

/// How far a listing is.
#[derive(Clone, Copy)]
enum Position {
    /// At Express children under way, those below this place.
    Express(u64),
    /// At what is stored, after this cursor.
    Stored(Option<Cursor>),
    /// Nothing is left.
    End,
}

impl Position {
    const FIRST_CHILD: Self = Self::Express(u64::MAX);

    fn parse(text: &str) -> Result<Self, Error> {
        match text.strip_prefix("express ") {
            Some(place) => place.parse().map(Self::Express).map_err(|_| Error::InvalidToken),
            None if text.is_empty() => Ok(Self::Stored(None)),
            None => text.parse().map(|at| Self::Stored(Some(at))).map_err(|_| Error::InvalidToken),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Express(below) => write!(formatter, "express {below}"),
            Self::Stored(Some(after)) => write!(formatter, "{after}"),
            Self::Stored(None) | Self::End => Ok(()),
        }
    }
}

/// Whose executions are asked for.
enum Asked<'a> {
    /// Those of a state machine, version or alias.
    Machine(&'a str),
    MapRun(Arn),
}

impl ListExecutions {
    /// Returns the ARN that is asked about.
    fn check(&self) -> Result<Asked<'_>, Error> {
        arn_length_if(Constraints::default(), "stateMachineArn", self.state_machine_arn.as_deref())
            .one_of("statusFilter", self.status_filter.as_deref(), &STATUSES)
            .number_if("maxResults", self.max_results, 0..=PAGE_ITEMS_MAX)
            .chars_if("nextToken", self.next_token.as_deref(), 1..=TOKEN_CHARS_MAX)
            .chars_if("mapRunArn", self.map_run_arn.as_deref(), 1..=LONG_ARN_CHARS_MAX)
            .one_of("redriveFilter", self.redrive_filter.as_deref(), &REDRIVE_FILTERS)
            .check()?;
        let machine = match (&self.state_machine_arn, &self.map_run_arn) {
            (Some(machine), None) => machine,
            (None, Some(run)) => return map_run("mapRunArn", run).map(Asked::MapRun),
            _ => {
                return Err(Error::validation(
                    "Exactly one of stateMachineArn and mapRunArn must be specified",
                ));
            }
        };
        if self.redrive_filter.is_some() || self.status_filter.as_deref() == Some(PENDING_REDRIVE) {
            return Err(Error::validation(
                "redriveFilter and the status PENDING_REDRIVE can only be used with mapRunArn",
            ));
        }
        Ok(Asked::Machine(machine))
    }
}

/// Returns the status of a child: one that did not succeed waits until its run, redriven, comes to it.
fn child_status(run: &MapRunDescription, header: &ExecutionHeader) -> &'static str {
    let is_unsuccessful =
        matches!(header.status, Status::Failed | Status::TimedOut | Status::Aborted);
    let ended_before = run.redrive_date.is_some() && header.stopped <= run.redrive_date;
    if run.status == RunStatus::Running && is_unsuccessful && ended_before {
        return PENDING_REDRIVE;
    }
    status_name(header.status)
}

pub(crate) fn open_or_closed(status: &str) -> Option<Status> {
    match status {
        "RUNNING" => Some(Status::Running),
        "SUCCEEDED" => Some(Status::Succeeded),
        "FAILED" => Some(Status::Failed),
        "TIMED_OUT" => Some(Status::TimedOut),
        "ABORTED" => Some(Status::Aborted),
        _ => None,
    }
}

/// Returns the ARN of the state machine of a listing.
pub(crate) fn machine_of(listing: &str) -> &str {
    listing.split('#').next().unwrap_or_default()
}

/// Shows an Express child under way.
fn express(run: &MapRunDescription, child: &Description) -> ExecutionItem {
    let start = &child.record.start;
    ExecutionItem {
        execution_arn: start.id.clone(),
        state_machine_arn: start.workflow.clone(),
        name: start.name.to_string(),
        status: status_name(Status::Running),
        start_date: child.started,
        stop_date: None,
        map_run_arn: Some(run.map_run_arn.clone()),
        item_count: Some(child.record.map_run.as_ref().map_or(1, |child| child.items)),
        state_machine_version_arn: None,
        state_machine_alias_arn: None,
        redrive_count: child.redriven.map_or(0, |redriven| redriven.count),
        redrive_date: child.redriven.map(|redriven| redriven.at),
    }
}

pub(crate) fn item(header: ExecutionHeader) -> ExecutionItem {
    let name = header.key.0.rsplit(':').next().unwrap_or_default().to_owned();
    ExecutionItem {
        execution_arn: header.key.0,
        state_machine_arn: machine_of(&header.workflow).into(),
        name,
        status: status_name(header.status),
        start_date: header.started,
        stop_date: header.stopped,
        map_run_arn: None,
        item_count: None,
        state_machine_version_arn: header.version,
        state_machine_alias_arn: header.alias,
        redrive_count: header.redriven.map_or(0, |redriven| redriven.count),
        redrive_date: header.redriven.map(|redriven| redriven.at),
    }
}
