//! What a pipeline names that the server does not know: not wrong, as it may still be set before the
//! first run.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_pipeline::tree::{
    Action, ActionKind, Fallback, Items, Task, Tasks, TriggerKind, Uses, WaitFor, Work,
};
use compasso_pipeline::{Code, Pipeline, Problem, Span, Value, located};
use compasso_types::suggestion::nearest;
use compasso_types::{ItemAddress, Json};

use super::PipelineProblem;
use super::callees::Callees;
use super::pools::too_small;
use crate::{Caller, Error, Service};

/// The actions that work on a database, and that call by a connection; the input that names it.
const SQL: &str = "sql";
const HTTP: &str = "http";
const CONNECTION: &str = "connection";
/// The actions that send messages to addresses of the settings: the first to the one that it names, or else
/// to this one, the second to that of its own name, unless it says where itself.
const NOTIFY: &str = "notify";
const TO: &str = "to";
const DEFAULT: &str = "default";
const SLACK: &str = "slack";
const WEBHOOK: &str = "webhook";

/// Names of one kind, and where they stand.
type Named = Vec<(Arc<str>, Span)>;

/// What pipelines name, and where.
#[derive(Default)]
struct Names {
    secrets: Named,
    pools: Named,
    calendars: Named,
    databases: Named,
    connections: Named,
    addresses: Named,
    directories: Named,
    callees: Callees,
}

impl Service {
    /// Returns warnings of secrets, pools, calendars, databases, connections and addresses for messages that pipelines of
    /// `text` name and nobody has set, of pools that are too small, of directories with items that may not be read, and of pipelines and
    /// state machines that are to run and are not there.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) async fn unknown_names(
        &self,
        caller: &Caller,
        text: &str,
        pipelines: &[&Pipeline],
    ) -> Result<Vec<PipelineProblem>, Error> {
        let mut names = Names::default();
        for pipeline in pipelines {
            names.add(pipeline);
        }
        let mut problems = self.unknown_callees(caller, &names.callees, pipelines).await?;
        problems.extend(self.unknown_secrets(caller, names.secrets).await?);
        problems.extend(self.unknown_pools(names.pools, pipelines));
        problems.extend(self.unknown_calendars(caller, names.calendars).await?);
        let is_known = |name: &str| name.contains(':') || self.triggers().knows_database(name);
        let hint = "name it in the server's settings: [connections.NAME] sql = …";
        problems.extend(unknown(names.databases, is_known, (Code::NotOnServer, "database"), hint));
        problems.extend(self.unknown_connections(caller, names.connections).await?);
        problems.extend(self.unknown_addresses(names.addresses));
        let may_read = |name: &str| self.triggers().may_read(name);
        let hint = "name it in the server's settings, [files] directories, or read from elsewhere";
        let what = (Code::NotOnServer, "directory of items");
        problems.extend(unknown(names.directories, may_read, what, hint));
        Ok(located(text, problems).into_iter().map(Into::into).collect())
    }

    async fn unknown_secrets(&self, caller: &Caller, named: Named) -> Result<Vec<Problem>, Error> {
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.list_secrets(&caller.account).await?.items;
        let known: BTreeSet<Arc<str>> = known.into_iter().map(|secret| secret.name).collect();
        let hint = "set it before the first run: compasso secrets set NAME < FILE";
        Ok(unknown(named, |name| known.contains(name), (Code::NoSecret, "secret"), hint))
    }

    fn unknown_pools(&self, named: Named, pipelines: &[&Pipeline]) -> Vec<Problem> {
        if named.is_empty() {
            return Vec::new();
        }
        let stored = self.dispatcher().pools();
        let mut problems = too_small(pipelines, &stored);
        let known: BTreeSet<Arc<str>> = stored.into_iter().map(|pool| pool.name).collect();
        let hint = "set it before the first run: compasso pools set NAME SIZE";
        let is_known = |name: &str| known.contains(name);
        problems.extend(unknown(named, is_known, (Code::NotOnServer, "pool"), hint));
        problems
    }

    async fn unknown_calendars(
        &self,
        caller: &Caller,
        named: Named,
    ) -> Result<Vec<Problem>, Error> {
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.list_calendars(caller).await?.items;
        let known: BTreeSet<Arc<str>> = known.into_iter().map(|known| known.name).collect();
        let hint = "set it before the first tick: compasso calendars put NAME --date DATE";
        Ok(unknown(named, |name| known.contains(name), (Code::NotOnServer, "calendar"), hint))
    }

    /// Without settings nothing is known of addresses, and nothing said.
    fn unknown_addresses(&self, named: Named) -> Vec<Problem> {
        let Some(known) = self.inner.addresses.get() else { return Vec::new() };
        let set = "name it in the server's settings: [notify.NAME] url = …";
        let what = (Code::NotOnServer, "address for messages");
        let mut told = BTreeSet::new();
        let new = named.into_iter().filter(|(name, _)| told.insert(name.clone()));
        new.flat_map(|(name, span)| {
            let near = nearest(&name, known.iter().map(|known| &**known));
            let hint = near.unwrap_or_else(|| set.to_owned());
            unknown(vec![(name, span)], |name| known.contains(name), what, &hint)
        })
        .collect()
    }

    async fn unknown_connections(
        &self,
        caller: &Caller,
        named: Named,
    ) -> Result<Vec<Problem>, Error> {
        let mut known = BTreeSet::new();
        for (name, _) in &named {
            if self.knows_connection(caller, name).await? {
                known.insert(name.clone());
            }
        }
        let hint = "create it before the first run: compasso connections create NAME …";
        Ok(unknown(named, |name| known.contains(name), (Code::NotOnServer, "connection"), hint))
    }
}

impl Names {
    fn add(&mut self, pipeline: &Pipeline) {
        let secrets = pipeline.secrets.iter().map(|secret| (secret.name.clone(), secret.span));
        self.secrets.extend(secrets);
        let pool = literal(pipeline.defaults.pool.as_ref());
        self.pools.extend(pool.map(|pool| (pool, pipeline.span)));
        for trigger in &pipeline.triggers.list {
            match &trigger.kind {
                TriggerKind::Schedule(schedule) => {
                    let calendar = schedule.calendar.as_ref();
                    let named = calendar.map(|calendar| (calendar.name.clone(), trigger.span));
                    self.calendars.extend(named);
                }
                TriggerKind::Sql(sql) => {
                    let named = sql.connection.clone().map(|name| (name, trigger.span));
                    self.databases.extend(named);
                }
                TriggerKind::Webhook(_)
                | TriggerKind::Queue(_)
                | TriggerKind::File(_)
                | TriggerKind::Object(_)
                | TriggerKind::Asset(_)
                | TriggerKind::Pipeline(_)
                | TriggerKind::Event(_)
                | TriggerKind::Git(_)
                | TriggerKind::Alert(_) => {}
            }
        }
        pipeline.hooks.actions().for_each(|action| self.add_action(action));
        let late = pipeline.deadlines.iter().flat_map(|deadline| &deadline.actions);
        late.for_each(|action| self.add_action(action));
        self.add_tasks(&pipeline.tasks);
    }

    fn add_tasks(&mut self, tasks: &Tasks) {
        for task in tasks {
            let pool = literal(task.placement.pool.as_ref());
            self.pools.extend(pool.map(|pool| (pool, task.span)));
            self.directories.extend(directory(task).map(|directory| (directory, task.span)));
            self.add_work(task);
            let fallback = match &task.fallback {
                Some(Fallback::Action(action)) => Some(&**action),
                Some(Fallback::Output(_)) | None => None,
            };
            let beside = task.hooks.actions().chain(&task.compensate).chain(fallback);
            beside.for_each(|action| self.add_action(action));
        }
    }

    fn add_work(&mut self, task: &Task) {
        match &task.work {
            Some(Work::Pipeline(call)) => self.callees.add_pipeline(call, task.span),
            Some(Work::Machine(machine)) => self.callees.add_machine(machine, task.span),
            Some(Work::Group(inner)) => self.add_tasks(inner),
            Some(Work::Uses(uses)) => self.add_uses(uses),
            Some(Work::Steps(steps)) => {
                for step in steps {
                    self.add_kind(&step.kind, task.span);
                }
            }
            Some(Work::Wait(wait)) => match &wait.what {
                WaitFor::Sql(uses) | WaitFor::Http(uses) => self.add_uses(uses),
                _ => {}
            },
            _ => {}
        }
    }

    fn add_action(&mut self, action: &Action) {
        self.add_kind(&action.kind, action.span);
        if let Some(Fallback::Action(fallback)) = &action.fallback {
            self.add_kind(&fallback.kind, fallback.span);
        }
    }

    fn add_kind(&mut self, kind: &ActionKind, span: Span) {
        match kind {
            ActionKind::Uses(uses) => self.add_uses(uses),
            ActionKind::Pipeline(call) => self.callees.add_pipeline(call, span),
            ActionKind::Machine(machine) => self.callees.add_machine(machine, span),
            ActionKind::Run { .. } => {}
        }
    }

    fn add_uses(&mut self, uses: &Uses) {
        match &*uses.action {
            SQL => self.databases.extend(connection(&uses.with, uses.span)),
            HTTP => self.connections.extend(connection(&uses.with, uses.span)),
            NOTIFY => match input(&uses.with, TO) {
                Some(to) => self.addresses.extend(literal(Some(to)).map(|to| (to, uses.span))),
                None => self.addresses.push((DEFAULT.into(), uses.span)),
            },
            SLACK if input(&uses.with, WEBHOOK).is_none() => {
                self.addresses.push((SLACK.into(), uses.span));
            }
            _ => {}
        }
    }
}

/// Returns the directory of the file that a task reads its items from, unless it is computed.
fn directory(task: &Task) -> Option<Arc<str>> {
    let Items::From(_, address) = &task.fan_out.as_ref()?.items else { return None };
    let address = literal(Some(address))?;
    ItemAddress::parse(&address, true)?.directory().map(Into::into)
}

/// Returns the connection that inputs name, unless it is computed.
fn connection(inputs: &[(Arc<str>, Value)], span: Span) -> Option<(Arc<str>, Span)> {
    literal(input(inputs, CONNECTION)).map(|name| (name, span))
}

fn input<'a>(inputs: &'a [(Arc<str>, Value)], name: &str) -> Option<&'a Value> {
    inputs.iter().find(|(found, _)| &**found == name).map(|(_, value)| value)
}

/// Returns a warning for each name that is not known, where it first stands.
fn unknown(
    named: Named,
    is_known: impl Fn(&str) -> bool,
    (code, what): (Code, &str),
    hint: &str,
) -> Vec<Problem> {
    let mut told = BTreeSet::new();
    let new = named.into_iter().filter(|(name, _)| !is_known(name) && told.insert(name.clone()));
    new.map(|(name, span)| Problem {
        code,
        span,
        message: format!("the server has no {what} '{name}'"),
        hint: Some(hint.replace("NAME", &name)),
    })
    .collect()
}

/// Returns a name that is not computed.
pub(super) fn literal(value: Option<&Value>) -> Option<Arc<str>> {
    match value {
        Some(Value::Literal(Json::String(name))) => Some(name.clone()),
        _ => None,
    }
}
