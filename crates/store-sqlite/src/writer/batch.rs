//! Writing the rows of a batch.

use std::collections::HashMap;
use std::sync::Arc;

use compasso_store::seal::{Link, Seal};
use compasso_store::{Attributes, JournalEntry, Revision, Status, Turn, Write};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

use super::images::{self, Place};
use super::{documents, removal, sweep};
use crate::attributes;
use crate::value::{Body, StoredStatus, key_hash};

/// How many workflows the writer remembers; then it starts over.
const WORKFLOWS_MAX: usize = 10_000;

/// The id is the next one, be it that of an execution that is being removed.
const CREATE: &str = "
    INSERT INTO execution
        (id, key, key_hash, workflow, status, started, stopped, redrives, redriven, revision, wake_at,
        owes, start, image, reach, outcome, version, alias, attributes, seal, image_seal)
    VALUES ((SELECT max(execution) + 1 FROM removal
            WHERE execution > (SELECT coalesce(max(id), 0) FROM execution)),
        ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const FIND: &str = "
    SELECT id, revision, status, started, redriven, changed, attributes, reach, seal FROM execution
    WHERE key_hash = ? AND key = ?";

const MOVE: &str = "
    UPDATE execution SET status = ?, started = ?, stopped = ?, redrives = ?, redriven = ?,
        revision = revision + 1, wake_at = ?, owes = ?, image = coalesce(?, image), reach = ?,
        outcome = ?, seal = ?, image_seal = coalesce(?, image_seal)
    WHERE id = ?";

/// Leaves alone what listings go by: each of their indexes would be written again.
const STEP: &str = "
    UPDATE execution SET revision = revision + 1, wake_at = ?, owes = ?,
        image = coalesce(?, image), reach = ?, outcome = ?, seal = ?,
        image_seal = coalesce(?, image_seal)
    WHERE id = ?";

const APPEND: &str = "
    INSERT INTO journal (execution, first_event, events, body, before, seal)
    VALUES (?, ?, ?, ?, ?, ?)";

/// Ids of workflows, versions and aliases, which hardly ever change.
#[derive(Debug, Default)]
pub(super) struct Workflows {
    ids: HashMap<Arc<str>, i64>,
}

/// What a new execution is listed by.
#[derive(Clone, Copy, Default)]
struct Listings {
    workflow: i64,
    version: Option<i64>,
    alias: Option<i64>,
}

/// The row of an execution as it was.
struct Found {
    id: i64,
    revision: Revision,
    status: Status,
    started: i64,
    redriven: Option<i64>,
    changed: i64,
    attributes: Attributes,
    /// See [`images`].
    reach: Option<i64>,
    /// The seal of the last row of its journal.
    seal: Option<i64>,
}

/// What a turn seals.
#[derive(Clone, Copy)]
struct Seals {
    /// Its row of the journal.
    link: Option<Link>,
    /// The last row of the journal after it.
    last: Option<i64>,
    image: Option<i64>,
}

/// The statements most turns need, found once a batch.
struct Statements<'c> {
    connection: &'c Connection,
    find: CachedStatement<'c>,
    create: CachedStatement<'c>,
    change: CachedStatement<'c>,
    step: CachedStatement<'c>,
    append: CachedStatement<'c>,
}

/// Whether a write happened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Yes,
    Conflict,
}

/// Writes what does not conflict; returns the indexes of what does.
pub(super) fn write(
    connection: &Connection,
    workflows: &mut Workflows,
    writes: &[Write],
) -> rusqlite::Result<Vec<usize>> {
    let mut statements = Statements {
        connection,
        find: connection.prepare_cached(FIND)?,
        create: connection.prepare_cached(CREATE)?,
        change: connection.prepare_cached(MOVE)?,
        step: connection.prepare_cached(STEP)?,
        append: connection.prepare_cached(APPEND)?,
    };
    let mut conflicts = Vec::new();
    for (index, write) in writes.iter().enumerate() {
        let written = match write {
            Write::Turn(turn) => statements.turn(workflows, turn)?,
            Write::Documents(changes) if changes.len() == 1 => {
                documents::change(connection, &changes[0])?
            }
            Write::Documents(changes) => {
                whole(connection, || documents::change_all(connection, changes))?
            }
            Write::Removal(removal) => whole(connection, || removal::write(connection, removal))?,
        };
        if written == Written::Conflict {
            conflicts.push(index);
        }
    }
    Ok(conflicts)
}

/// Does `work` so that it leaves nothing behind if it conflicts.
fn whole(
    connection: &Connection,
    work: impl FnOnce() -> rusqlite::Result<Written>,
) -> rusqlite::Result<Written> {
    connection.prepare_cached("SAVEPOINT one_write")?.execute([])?;
    let written = work()?;
    if written == Written::Conflict {
        connection.prepare_cached("ROLLBACK TO one_write")?.execute([])?;
    }
    connection.prepare_cached("RELEASE one_write")?.execute([])?;
    Ok(written)
}

impl Statements<'_> {
    fn turn(&mut self, workflows: &mut Workflows, turn: &Turn) -> rusqlite::Result<Written> {
        // Outside of what may be undone, so that the remembered ids stay valid.
        let listings = match turn.base {
            None => Some(Listings::of(turn, self.connection, workflows)?),
            Some(_) => None,
        };
        if turn.documents.is_empty() {
            return self.row_and_journal(turn, listings);
        }
        let connection = self.connection;
        whole(connection, || match documents::change_all(connection, &turn.documents)? {
            Written::Yes => self.row_and_journal(turn, listings),
            Written::Conflict => Ok(Written::Conflict),
        })
    }

    fn row_and_journal(
        &mut self,
        turn: &Turn,
        listings: Option<Listings>,
    ) -> rusqlite::Result<Written> {
        let hash = key_hash(&turn.key);
        // Returning the id from the update itself would cost a temporary table each time.
        let found = self.find.query_row(params![hash, &*turn.key.0], Found::of).optional()?;
        if found.as_ref().map(|found| found.revision) != turn.base {
            return Ok(Written::Conflict);
        }
        let known = found.as_ref().map(|found| (found.id, found.reach));
        let place = images::place(self.connection, turn.image.as_ref(), known)?;
        let seals = Seals::of(turn, found.as_ref().and_then(|found| found.seal));
        let id = match found {
            None => self.create(turn, place, hash, listings.unwrap_or_default(), seals)?,
            Some(found) if found.is_listed_like(turn) => self.step(turn, place, found.id, seals)?,
            Some(found) => self.change(turn, place, &found, seals)?,
        };
        if let Some((entry, link)) = turn.journal.as_ref().zip(seals.link) {
            let JournalEntry { first_event, events, body } = entry;
            let (before, seal) = (link.before.stored(), link.seal.stored());
            self.append.execute(params![id, first_event, events, Body(body), before, seal])?;
        }
        if let (Place::Apart, Some(image)) = (place, &turn.image) {
            images::put_apart(self.connection, id, image)?;
        }
        sweep::note(self.connection, id, turn)?;
        Ok(Written::Yes)
    }

    fn create(
        &mut self,
        turn: &Turn,
        place: Place,
        hash: i64,
        listings: Listings,
        seals: Seals,
    ) -> rusqlite::Result<i64> {
        let id = self.create.insert(params![
            &*turn.key.0,
            hash,
            listings.workflow,
            turn.status as u8,
            turn.started.0,
            turn.stopped.map(|at| at.0),
            turn.redriven.map_or(0, |redriven| redriven.count),
            turn.redriven.map(|redriven| redriven.at.0),
            wake_at(turn),
            owes(turn),
            Body(turn.start.as_deref().unwrap_or_default()),
            place.in_row(turn).unwrap_or(Body(&[])),
            place.reach(),
            turn.outcome.as_deref().map(Body),
            listings.version,
            listings.alias,
            compasso_store::attributes::written(&turn.attributes),
            seals.last,
            seals.image,
        ])?;
        attributes::add(self.connection, turn, id)?;
        Ok(id)
    }

    fn change(
        &mut self,
        turn: &Turn,
        place: Place,
        found: &Found,
        seals: Seals,
    ) -> rusqlite::Result<i64> {
        let Found { id, changed, attributes, .. } = found;
        self.change.execute(params![
            turn.status as u8,
            turn.started.0,
            turn.stopped.map(|at| at.0),
            turn.redriven.map_or(0, |redriven| redriven.count),
            turn.redriven.map(|redriven| redriven.at.0),
            wake_at(turn),
            owes(turn),
            place.in_row(turn),
            place.reach(),
            turn.outcome.as_deref().map(Body),
            seals.last,
            seals.image,
            id,
        ])?;
        attributes::follow(self.connection, attributes, turn, *id, *changed)?;
        Ok(*id)
    }

    fn step(&mut self, turn: &Turn, place: Place, id: i64, seals: Seals) -> rusqlite::Result<i64> {
        self.step.execute(params![
            wake_at(turn),
            owes(turn),
            place.in_row(turn),
            place.reach(),
            turn.outcome.as_deref().map(Body),
            seals.last,
            seals.image,
            id,
        ])?;
        Ok(id)
    }
}

impl Found {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            revision: Revision(row.get(1)?),
            status: row.get::<_, StoredStatus>(2)?.0,
            started: row.get(3)?,
            redriven: row.get(4)?,
            changed: row.get(5)?,
            attributes: attributes::read(row.get_ref(6)?)?,
            reach: row.get(7)?,
            seal: row.get(8)?,
        })
    }

    /// Says whether a turn of an open execution leaves its place in every listing.
    fn is_listed_like(&self, turn: &Turn) -> bool {
        turn.status.is_open()
            && self.status == turn.status
            && self.started == turn.started.0
            && self.redriven == turn.redriven.map(|redriven| redriven.at.0)
    }
}

impl Seals {
    /// Seals what a turn writes after the row with the seal `last`.
    fn of(turn: &Turn, last: Option<i64>) -> Self {
        let before = last.map_or(Seal::NONE, Seal::from_stored);
        let link = turn.journal.as_ref().map(|entry| Link::new(before, entry));
        Self {
            link,
            last: link.map(|link| link.seal.stored()).or(last),
            image: turn.image.as_deref().map(|image| Seal::of_image(image).stored()),
        }
    }
}

impl Listings {
    fn of(
        turn: &Turn,
        connection: &Connection,
        workflows: &mut Workflows,
    ) -> rusqlite::Result<Self> {
        let mut id = |name: &Arc<str>| workflows.id(connection, name);
        Ok(Self {
            workflow: id(&turn.workflow)?,
            version: turn.version.as_ref().map(&mut id).transpose()?,
            alias: turn.alias.as_ref().map(&mut id).transpose()?,
        })
    }
}

impl Workflows {
    /// Forgets everything; needed when a transaction is undone.
    pub(super) fn forget(&mut self) {
        self.ids.clear();
    }

    fn id(&mut self, connection: &Connection, name: &Arc<str>) -> rusqlite::Result<i64> {
        if let Some(id) = self.ids.get(name) {
            return Ok(*id);
        }
        if self.ids.len() >= WORKFLOWS_MAX {
            self.forget();
        }
        connection
            .prepare_cached("INSERT INTO workflow (name) VALUES (?) ON CONFLICT DO NOTHING")?
            .execute([&**name])?;
        let id = connection
            .prepare_cached("SELECT id FROM workflow WHERE name = ?")?
            .query_row([&**name], |row| row.get(0))?;
        self.ids.insert(name.clone(), id);
        Ok(id)
    }
}

fn wake_at(turn: &Turn) -> Option<i64> {
    turn.wake_at.filter(|_| turn.status.is_open()).map(|at| at.0)
}

fn owes(turn: &Turn) -> bool {
    turn.owes && turn.status.is_open()
}
