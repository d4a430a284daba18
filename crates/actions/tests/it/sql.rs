//! `compasso:sql`, on files of SQLite.

use std::path::Path;

use compasso_actions::{ActionsConfig, SqlConfig};
use compasso_types::Json;

use crate::workbench::{actions_of, json, run};

fn config(directory: &Path) -> ActionsConfig {
    ActionsConfig {
        sql: SqlConfig { directories: Some(vec!["in".into()]), scripts: Some("scripts".into()) },
        directory: Some(directory.to_owned()),
        data: Some(directory.join("data")),
        ..ActionsConfig::default()
    }
}

async fn ask(directory: &Path, parameters: &str) -> Result<Json, (String, String)> {
    let settings = r#"[connections.warehouse]
        sql = "sqlite:in/a.db""#;
    run(&actions_of(settings, config(directory)), "sql", &json(parameters, "")).await
}

#[tokio::test]
async fn statements_give_rows_and_how_many_they_changed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    std::fs::create_dir_all(path.join("in")).unwrap();
    std::fs::create_dir_all(path.join("scripts")).unwrap();
    let script = "create table sales (day text, n integer);\ninsert into sales values (:day, 3);";
    std::fs::write(path.join("scripts/make.sql"), script).unwrap();
    let made = r#"{"connection":"warehouse","script":"make.sql","bind":{"day":"'; drop table sales; --"}}"#;
    assert_eq!(ask(path, made).await.unwrap().to_string(), r#"{"rows":[],"affected":1}"#);
    let query = r#"{"connection":"sqlite:in/a.db","query":"select n from sales",
        "expect":{"$expr":"rows[0].n >= params.min","context":{"params":{"min":MIN}}}}"#;
    let good = ask(path, &query.replace("MIN", "3")).await.unwrap();
    assert_eq!(good.to_string(), r#"{"rows":[{"n":3}],"affected":0}"#);
    let bad = ask(path, &query.replace("MIN", "4")).await.unwrap_err();
    assert_eq!(bad.0, "Expectation");
    let refused = ask(path, r#"{"connection":"warehouse","query":"select * from none"}"#).await;
    let (error, cause) = refused.unwrap_err();
    assert_eq!((&*error, &*cause), ("Sql.Statement", "no such table: none"));
    let refused = ask(path, r#"{"connection":"warehouse","query":"selec 1"}"#).await;
    let (error, cause) = refused.unwrap_err();
    assert_eq!(&*error, "Sql.SyntaxError", "{cause}");
}

#[tokio::test]
async fn only_what_is_allowed_is_reached() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    std::fs::create_dir_all(path.join("scripts")).unwrap();
    std::fs::write(path.join("secret.sql"), "select 1").unwrap();
    for (parameters, error, hint) in [
        (r#"{"connection":"nowhere","query":"select 1"}"#, "Connection", "no database 'nowhere'"),
        (r#"{"connection":"sqlite:b.db","query":"select 1"}"#, "Connection", "no directory"),
        (r#"{"connection":"sqlite:data/x","query":"select 1"}"#, "Connection", "server's own"),
        (r#"{"connection":"warehouse"}"#, "States.Runtime", "either a 'query' or a 'script'"),
        (
            r#"{"connection":"warehouse","script":"../secret.sql"}"#,
            "States.Runtime",
            "not in the directory",
        ),
        (r#"{"connection":"warehouse","script":"none.sql"}"#, "States.Runtime", "cannot be read"),
    ] {
        let (found, cause) = ask(path, parameters).await.unwrap_err();
        assert_eq!(found, error, "{parameters}: {cause}");
        assert!(cause.contains(hint), "{cause}");
    }
}
