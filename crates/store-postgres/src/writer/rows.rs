//! Writing the rows of a plan: one statement a table, whatever the number of rows.

use compasso_store::attributes;
use compasso_store::seal::Seal;
use futures::try_join;
use tokio_postgres::types::ToSql;

use super::plan::{Created, Plan, State};
use crate::link::{Error, Live};
use crate::value::{attribute, stored};

const CREATE: &str = "
    INSERT INTO execution
        (id, key, workflow, version, alias, start, attributes, revision, status, started, stopped,
        redrives, redriven, changed, wake_at, owes, image, reach, outcome, seal, image_seal)
    SELECT id, key, workflow, version, alias, start, attributes, revision, status, started, stopped,
        redrives, redriven, changed, wake_at, owes, coalesce(image, ''), coalesce(reach, 0), outcome, seal,
        image_seal
    FROM unnest(
        $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[],
        $8::bigint[], $9::int[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
        $14::bigint[], $15::bigint[], $16::boolean[], $17::bytea[], $18::bigint[], $19::bytea[],
        $20::bigint[], $21::bigint[])
    AS new (id, key, workflow, version, alias, start, attributes, revision, status, started, stopped,
        redrives, redriven, changed, wake_at, owes, image, reach, outcome, seal, image_seal)";

const CHANGE: &str = "
    UPDATE execution SET
        revision = new.revision, status = new.status, started = new.started, stopped = new.stopped,
        redrives = new.redrives, redriven = new.redriven, changed = new.changed,
        wake_at = new.wake_at, owes = new.owes, image = coalesce(new.image, execution.image),
        reach = coalesce(new.reach, execution.reach), outcome = new.outcome, seal = new.seal,
        image_seal = coalesce(new.image_seal, execution.image_seal)
    FROM unnest(
        $1::bigint[], $2::bigint[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::bigint[], $10::boolean[], $11::bytea[], $12::bigint[],
        $13::bytea[], $14::bigint[], $15::bigint[])
    AS new (id, revision, status, started, stopped, redrives, redriven, changed, wake_at, owes, image,
        reach, outcome, seal, image_seal)
    WHERE execution.id = new.id";

const APPEND: &str = "
    INSERT INTO journal (execution, revision, first_event, events, body, before, seal)
    SELECT * FROM unnest(
        $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bigint[], $7::bigint[])";

const PUT: &str = "
    INSERT INTO document (kind, key, revision, body)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[])
    ON CONFLICT (kind, key) DO UPDATE SET revision = excluded.revision, body = excluded.body";

const REMOVE: &str = "
    DELETE FROM document USING unnest($1::text[], $2::text[]) AS gone (kind, key)
    WHERE document.kind = gone.kind AND document.key = gone.key";

const FORGET_LOG: &str = "DELETE FROM log_chunk WHERE execution = ANY($1)";

const FORGET: [&str; 3] = [
    "DELETE FROM execution WHERE id = ANY($1)",
    "DELETE FROM attribute WHERE execution = ANY($1)",
    "INSERT INTO removal SELECT * FROM unnest($1::bigint[]) ON CONFLICT DO NOTHING",
];

const ADD: &str = "
    INSERT INTO attribute (name, value, changed, execution)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])";

/// Moves the attributes of executions whose place in listings is another now.
const FOLLOW: &str = "
    UPDATE attribute SET changed = execution.changed
    FROM execution
    WHERE execution.id = ANY($1) AND execution.attributes IS NOT NULL
        AND attribute.execution = execution.id AND attribute.changed <> execution.changed";

/// What [`write`] sends.
const WRITES: [&str; 7] = [CREATE, CHANGE, APPEND, PUT, REMOVE, ADD, FOLLOW];

/// Gets everything ready for [`write`].
pub(super) async fn prepare(live: &Live) -> Result<(), Error> {
    for sql in WRITES {
        live.prepare(sql).await?;
    }
    Ok(())
}

/// Writes all of a plan but what it forgets. All statements are sent when this is first polled, in this
/// order: they must be prepared.
pub(super) async fn write(live: &Live, plan: &Plan<'_>) -> Result<(), Error> {
    try_join!(
        create(live, plan),
        change(live, plan),
        append(live, plan),
        put(live, plan),
        remove(live, plan),
        add(live, plan),
        // After the executions have changed.
        follow(live, plan),
    )?;
    Ok(())
}

/// Removes executions, and logs of others.
pub(super) async fn forget(live: &Live, plan: &Plan<'_>) -> Result<(), Error> {
    if !plan.removed.is_empty() {
        for sql in FORGET {
            execute(live, sql, &[&plan.removed]).await?;
        }
    }
    if !plan.unlogged.is_empty() {
        execute(live, FORGET_LOG, &[&plan.unlogged]).await?;
    }
    Ok(())
}

async fn execute(live: &Live, sql: &str, rows: &[&(dyn ToSql + Sync)]) -> Result<(), Error> {
    let statement = live.prepare(sql).await?;
    live.client.execute(&statement, rows).await?;
    Ok(())
}

/// The columns that turns change, one array each.
struct Columns<'a> {
    ids: Vec<i64>,
    revisions: Vec<i64>,
    statuses: Vec<i32>,
    started: Vec<i64>,
    stopped: Vec<Option<i64>>,
    redrives: Vec<i64>,
    redriven: Vec<Option<i64>>,
    changed: Vec<i64>,
    wake_at: Vec<Option<i64>>,
    owes: Vec<bool>,
    images: Vec<Option<&'a [u8]>>,
    reaches: Vec<Option<i64>>,
    outcomes: Vec<Option<&'a [u8]>>,
    seals: Vec<Option<i64>>,
    image_seals: Vec<Option<i64>>,
}

impl<'a> Columns<'a> {
    fn of(rows: &[(i64, State<'a>)]) -> Self {
        let states = || rows.iter().map(|(_, state)| state);
        Self {
            ids: rows.iter().map(|(id, _)| *id).collect(),
            revisions: states().map(|state| stored(state.revision.0)).collect(),
            statuses: states().map(|state| state.status as i32).collect(),
            started: states().map(|state| state.started.0).collect(),
            stopped: states().map(|state| state.stopped.map(|at| at.0)).collect(),
            redrives: states()
                .map(|state| state.redriven.map_or(0, |redriven| redriven.count.into()))
                .collect(),
            redriven: states().map(|state| state.redriven.map(|redriven| redriven.at.0)).collect(),
            changed: states().map(|state| state.changed().0).collect(),
            wake_at: states().map(|state| state.wake_at.map(|at| at.0)).collect(),
            owes: states().map(|state| state.owes).collect(),
            images: states().map(|state| state.image.map(|(image, _)| &**image)).collect(),
            reaches: states()
                .map(|state| state.image.map(|(_, revision)| stored(revision.0)))
                .collect(),
            outcomes: states().map(|state| state.outcome.map(|outcome| &**outcome)).collect(),
            seals: states().map(|state| state.seal.map(Seal::stored)).collect(),
            image_seals: states()
                .map(|state| state.image.map(|(image, _)| Seal::of_image(image).stored()))
                .collect(),
        }
    }

    fn parameters(&self) -> [&(dyn ToSql + Sync); 14] {
        [
            &self.revisions,
            &self.statuses,
            &self.started,
            &self.stopped,
            &self.redrives,
            &self.redriven,
            &self.changed,
            &self.wake_at,
            &self.owes,
            &self.images,
            &self.reaches,
            &self.outcomes,
            &self.seals,
            &self.image_seals,
        ]
    }
}

async fn create(live: &Live, plan: &Plan<'_>) -> Result<(), Error> {
    if plan.created.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = plan.created.iter().map(|(id, created)| (*id, created.state)).collect();
    let columns = Columns::of(&rows);
    let created = || plan.created.values();
    let keys: Vec<&str> = created().map(|one| &*one.key.0).collect();
    let workflows: Vec<&str> = created().map(|one| &**one.workflow).collect();
    let versions: Vec<Option<&str>> =
        created().map(|one| one.version.map(|name| &**name)).collect();
    let aliases: Vec<Option<&str>> = created().map(|one| one.alias.map(|name| &**name)).collect();
    let starts: Vec<&[u8]> = created().map(|one| one.start).collect();
    let searched: Vec<_> = created().map(|one| attributes::written(one.attributes)).collect();
    let mut parameters: Vec<&(dyn ToSql + Sync)> =
        vec![&columns.ids, &keys, &workflows, &versions, &aliases, &starts, &searched];
    parameters.extend(columns.parameters());
    execute(live, CREATE, &parameters).await
}

async fn change(live: &Live, plan: &Plan<'_>) -> Result<(), Error> {
    if plan.changed.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = plan.changed.iter().map(|(id, state)| (*id, *state)).collect();
    let columns = Columns::of(&rows);
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&columns.ids];
    parameters.extend(columns.parameters());
    execute(live, CHANGE, &parameters).await
}

async fn append(live: &Live, plan: &Plan<'_>) -> Result<(), Error> {
    if plan.journal.is_empty() {
        return Ok(());
    }
    let rows = || plan.journal.iter();
    let executions: Vec<i64> = rows().map(|row| row.execution).collect();
    let revisions: Vec<i64> = rows().map(|row| stored(row.revision.0)).collect();
    let firsts: Vec<i64> = rows().map(|row| stored(row.entry.first_event)).collect();
    let events: Vec<i64> = rows().map(|row| row.entry.events.into()).collect();
    let bodies: Vec<&[u8]> = rows().map(|row| &*row.entry.body).collect();
    let before: Vec<i64> = rows().map(|row| row.link.before.stored()).collect();
    let seals: Vec<i64> = rows().map(|row| row.link.seal.stored()).collect();
    let columns: [&(dyn ToSql + Sync); 7] =
        [&executions, &revisions, &firsts, &events, &bodies, &before, &seals];
    execute(live, APPEND, &columns).await
}

async fn put(live: &Live, plan: &Plan<'_>) -> Result<(), Error> {
    let (mut kinds, mut keys, mut revisions, mut bodies) = (vec![], vec![], vec![], vec![]);
    for ((kind, key), content) in &plan.documents {
        if let Some((revision, body)) = content {
            kinds.push(*kind);
            keys.push(*key);
            revisions.push(stored(*revision));
            bodies.push(&body[..]);
        }
    }
    if kinds.is_empty() {
        return Ok(());
    }
    execute(live, PUT, &[&kinds, &keys, &revisions, &bodies]).await
}

async fn remove(live: &Live, plan: &Plan<'_>) -> Result<(), Error> {
    let gone = plan.documents.iter().filter(|(_, content)| content.is_none());
    let (kinds, keys): (Vec<&str>, Vec<&str>) = gone.map(|(place, _)| *place).unzip();
    if kinds.is_empty() {
        return Ok(());
    }
    execute(live, REMOVE, &[&kinds, &keys]).await
}

async fn add(live: &Live, plan: &Plan<'_>) -> Result<(), Error> {
    let (mut names, mut values, mut changed, mut ids) = (vec![], vec![], vec![], vec![]);
    for (id, Created { attributes, state, .. }) in &plan.created {
        for (name, value) in *attributes {
            names.push(&**name);
            values.push(attribute(value));
            changed.push(state.changed().0);
            ids.push(*id);
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    execute(live, ADD, &[&names, &values, &changed, &ids]).await
}

async fn follow(live: &Live, plan: &Plan<'_>) -> Result<(), Error> {
    if plan.changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = plan.changed.keys().copied().collect();
    execute(live, FOLLOW, &[&ids]).await
}
