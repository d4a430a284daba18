//! Requests to real files of SQLite. PostgreSQL is tested end to end, with a server of its own.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::time::Duration;

use compasso_sql::{Answer, Bounds, Failure, Places, Request, Target, run};
use compasso_types::Json;
use tempfile::TempDir;

const BOUNDS: Bounds =
    Bounds { rows_max: 100, bytes_max: 10_000, timeout: Duration::from_secs(60) };

struct World(TempDir);

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // A database without tables.
        std::fs::write(directory.path().join("a.db"), "").unwrap();
        Self(directory)
    }

    async fn ask(&self, text: &str, bind: &str, bounds: Bounds) -> Result<Answer, Failure> {
        let places = Places { base: self.0.path().to_owned(), ..Places::default() };
        let target = Target::parse("sqlite:a.db", &places).unwrap();
        let bind = Json::parse(bind).unwrap().as_object().unwrap().as_ref().clone();
        run(&target, Request { text: text.into(), bind, bounds }).await
    }

    async fn rows(&self, text: &str, bind: &str) -> String {
        Json::array(self.ask(text, bind, BOUNDS).await.unwrap().rows).to_string()
    }

    async fn failure(&self, text: &str, bind: &str) -> Failure {
        self.ask(text, bind, BOUNDS).await.unwrap_err()
    }
}

#[tokio::test]
async fn rows_are_objects_with_the_values_of_their_kinds() {
    let world = World::new();
    let rows = world
        .rows(
            "select :i as i, :r as r, :t as t, :n as n, :b as b, x'ff00' as x, :l as l",
            r#"{"i":1,"r":1.5,"t":"'; drop table t; --","n":null,"b":true,"l":[1]}"#,
        )
        .await;
    assert_eq!(
        rows,
        r#"[{"i":1,"r":1.5,"t":"'; drop table t; --","n":null,"b":1,"x":"/wA=","l":"[1]"}]"#
    );
}

#[tokio::test]
async fn a_script_is_done_as_a_whole_or_not_at_all() {
    let world = World::new();
    let script = "create table t (n integer primary key); insert into t values (:a); insert into t values (:b);";
    let failed = world.failure(script, r#"{"a":1,"b":1}"#).await;
    let Failure::Refused { code, .. } = failed else { panic!("{failed:?}") };
    assert_eq!(code, "ConstraintViolation");
    assert_eq!(world.rows("select count(*) as n from sqlite_master", "{}").await, r#"[{"n":0}]"#);
    let done = world.ask(script, r#"{"a":1,"b":2}"#, BOUNDS).await.unwrap();
    assert_eq!(done.affected, 2);
    let changed = world.ask("update t set n = n + 10 returning n", "{}", BOUNDS).await.unwrap();
    assert_eq!((changed.affected, changed.rows.len()), (2, 2));
}

#[tokio::test]
async fn values_and_names_must_fit() {
    let world = World::new();
    for (text, bind, hint) in [
        ("select :a", "{}", "':a' has no value"),
        ("select 1", r#"{"a":1}"#, "no statement has the name ':a'"),
        ("select ?", "{}", "bound by names"),
    ] {
        let failed = world.failure(text, bind).await;
        assert!(matches!(&failed, Failure::Bind(why) if why.contains(hint)), "{failed:?}");
    }
}

#[tokio::test]
async fn statements_stay_in_their_file() {
    let world = World::new();
    for text in [
        "attach database 'other.db' as other",
        "pragma temp_store_directory = '/tmp'",
        "select load_extension('x')",
    ] {
        let failed = world.failure(text, "{}").await;
        assert!(matches!(failed, Failure::Refused { .. }), "{text}: {failed:?}");
    }
    assert_eq!(world.rows("pragma user_version", "{}").await, r#"[{"user_version":0}]"#);
}

#[tokio::test]
async fn rows_and_bytes_are_bounded() {
    let world = World::new();
    let many = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n";
    let failed = world.failure(many, "{}").await;
    assert!(matches!(&failed, Failure::TooLarge(why) if why.contains("100 rows")), "{failed:?}");
    let failed = world.failure("select hex(zeroblob(6000)) as x", "{}").await;
    assert!(matches!(&failed, Failure::TooLarge(why) if why.contains("bytes")), "{failed:?}");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended() {
    let world = World::new();
    let endless =
        "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
    let bounds = Bounds { timeout: Duration::from_millis(50), ..BOUNDS };
    let failed = world.ask(endless, "{}", bounds).await.unwrap_err();
    assert_eq!(failed, Failure::Timeout(bounds.timeout));
    // The test ends only when the threads for blocking work do.
}

#[tokio::test]
async fn a_file_that_may_only_be_read_is_not_made() {
    let world = World::new();
    let places = Places { base: world.0.path().to_owned(), ..Places::default() };
    let target = Target::parse("sqlite:none.db?mode=ro", &places).unwrap();
    let request =
        Request { text: "select 1".into(), bind: compasso_types::Object::new(), bounds: BOUNDS };
    let failed = run(&target, request).await.unwrap_err();
    assert!(matches!(failed, Failure::Connection(_)), "{failed:?}");
    assert!(!world.0.path().join("none.db").exists());
}

#[tokio::test]
async fn a_file_that_is_only_looked_at_is_not_made() {
    let world = World::new();
    let file = world.0.path().join("a.db");
    std::fs::remove_file(&file).unwrap();
    for text in
        ["-- all\n SELECT 1", "values (1); explain select 1", "with a as (select 1) select 1"]
    {
        let failed = world.ask(text, "{}", BOUNDS).await.unwrap_err();
        assert!(failed.to_string().starts_with("there is no file "), "{failed}");
    }
    assert!(!file.exists());
    world.ask("select 1; create table t (n)", "{}", BOUNDS).await.unwrap();
    assert!(file.exists());
}
