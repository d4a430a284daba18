//! Rows that belong to no execution, and the like: what `compasso fsck` looks for in a database, with what to
//! do about it. They do no harm, but take up room and tell of a mistake.

use std::fmt;

/// Most problems of one kind that are told.
pub const TOLD_MAX: usize = 100;

/// A table whose rows each belong to an execution.
#[derive(Clone, Copy, Debug)]
pub struct Belongings {
    /// Its name.
    pub table: &'static str,
    /// What its rows are, for people.
    pub rows: &'static str,
    /// Whether the server takes them away with those of executions that were removed.
    pub go_with_removals: bool,
}

/// Rows of an execution that is gone, and is not being removed.
#[derive(Clone, Copy, Debug)]
pub struct Stray {
    /// The table.
    pub of: Belongings,
    /// The number of the execution.
    pub execution: i64,
    /// How many.
    pub count: i64,
}

impl Belongings {
    /// Returns the query that finds its strays: their executions and how many each has.
    pub fn query(&self) -> String {
        let Self { table, .. } = self;
        format!(
            "SELECT execution, count(*) FROM {table} AS stray
            WHERE NOT EXISTS (SELECT 1 FROM execution WHERE execution.id = stray.execution)
                AND NOT EXISTS (SELECT 1 FROM removal WHERE removal.execution = stray.execution)
            GROUP BY execution ORDER BY execution LIMIT {TOLD_MAX}"
        )
    }
}

impl fmt::Display for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of: Belongings { table, rows, go_with_removals }, execution, count } = self;
        write!(f, "{rows} of execution {execution}, which is gone: {count}. ")?;
        if *go_with_removals {
            let has = "has the server remove them once it is started again";
            write!(f, "INSERT INTO removal VALUES ({execution}) {has}")
        } else {
            write!(f, "DELETE FROM {table} WHERE execution = {execution} removes them")
        }
    }
}

/// Finds closed executions that wait for a time or owe something.
pub const RESTLESS: &str = "
    SELECT key FROM execution WHERE status NOT IN (0, 5) AND (wake_at IS NOT NULL OR owes)
    ORDER BY id LIMIT 100";

/// Says what is wrong with an execution that [`RESTLESS`] finds.
pub fn restless(key: &str) -> String {
    format!(
        "{key}: it is closed and still has a timer or owes something. UPDATE execution SET \
         wake_at = NULL, owes = FALSE WHERE key = '{}' takes that away",
        key.replace('\'', "''")
    )
}

/// Finds executions that are there although their rows are being removed.
pub const HALF_REMOVED: &str = "
    SELECT execution.id, execution.key FROM removal JOIN execution ON execution.id = removal.execution
    ORDER BY execution.id LIMIT 100";

/// Says what is wrong with an execution that [`HALF_REMOVED`] finds.
pub fn half_removed(execution: i64, key: &str) -> String {
    format!(
        "{key}: it is there, and the server removes its journal. DELETE FROM removal WHERE execution \
         = {execution} keeps what is left of it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF: Belongings = Belongings { table: "t", rows: "rows", go_with_removals: true };

    #[test]
    fn each_problem_says_the_way_out() {
        let stray = Stray { of: OF, execution: 7, count: 2 };
        let by_server =
            "INSERT INTO removal VALUES (7) has the server remove them once it is started again";
        let said = format!("rows of execution 7, which is gone: 2. {by_server}");
        assert_eq!(stray.to_string(), said);
        let of = Belongings { go_with_removals: false, ..OF };
        let alone = Stray { of, ..stray }.to_string();
        assert!(alone.ends_with("2. DELETE FROM t WHERE execution = 7 removes them"), "{alone}");
        assert!(restless("it's").contains("WHERE key = 'it''s' takes"), "{}", restless("it's"));
    }
}
