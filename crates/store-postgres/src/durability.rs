//! What a database must be set to, so that what it has committed lasts.

use tokio_postgres::Client;

use crate::link::NoLink;

const SETTINGS: &str = "
    SELECT name, setting, source FROM pg_settings WHERE name IN
        ('fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names')";

/// Refuses a database that may lose commits: with its machine, or with the standby that takes over.
pub(crate) async fn check(client: &Client) -> Result<(), NoLink> {
    let mut settings = Vec::new();
    for row in client.query(SETTINGS, &[]).await? {
        let [name, value, source]: [String; 3] =
            [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?];
        settings.push((name, value, source));
    }
    let values: Vec<_> = settings.iter().map(|(name, value, _)| (&**name, &**value)).collect();
    let Some((setting, value)) = missing(&values) else { return Ok(()) };
    let source = settings.iter().find(|(name, ..)| name == setting).map_or("", |it| &*it.2);
    Err(NoLink::Unsafe {
        setting: setting.to_owned(),
        value: value.to_owned(),
        way_out: way_out(setting, source),
    })
}

/// Says how a setting is turned on where it is turned off: `source` is that of `pg_settings`.
fn way_out(setting: &str, source: &str) -> String {
    match source {
        "database" => format!("ALTER DATABASE … RESET {setting}"),
        "user" => format!("ALTER ROLE … RESET {setting}"),
        "database user" => format!("ALTER ROLE … IN DATABASE … RESET {setting}"),
        "client" => format!("take {setting} out of the options in the address of the database"),
        _ => format!("ALTER SYSTEM SET {setting} = 'on'; SELECT pg_reload_conf()"),
    }
}

/// Returns the setting that lets commits be lost, and its value.
fn missing<'a>(settings: &[(&'a str, &'a str)]) -> Option<(&'a str, &'a str)> {
    let value = |wanted: &str| settings.iter().find(|(name, _)| *name == wanted).map(|it| it.1);
    let has_standby = value("synchronous_standby_names").is_some_and(|names| !names.is_empty());
    let loses = |&(name, value): &(&str, &str)| match name {
        "fsync" | "full_page_writes" => value == "off",
        // Those that wait for no standby lose with the machine what no standby has.
        "synchronous_commit" => value == "off" || (value == "local" && has_standby),
        _ => false,
    };
    settings.iter().find(|setting| loses(setting)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 4] = [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("synchronous_standby_names", ""),
    ];

    fn with(changes: &[(&'static str, &'static str)]) -> Option<(&'static str, &'static str)> {
        missing(&[changes, &GOOD].concat())
    }

    #[test]
    fn a_database_that_syncs_is_good() {
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[("synchronous_commit", "local")]), None);
        assert_eq!(with(&[("synchronous_commit", "remote_apply")]), None);
    }

    #[test]
    fn the_way_out_is_where_the_setting_is() {
        assert_eq!(way_out("fsync", "user"), "ALTER ROLE … RESET fsync");
        let alter = "ALTER SYSTEM SET fsync = 'on'; SELECT pg_reload_conf()";
        assert_eq!(way_out("fsync", "configuration file"), alter);
        assert!(way_out("fsync", "client").contains("address"));
    }

    #[test]
    fn one_that_may_lose_commits_is_not() {
        assert_eq!(with(&[("fsync", "off")]), Some(("fsync", "off")));
        assert_eq!(with(&[("full_page_writes", "off")]), Some(("full_page_writes", "off")));
        assert_eq!(with(&[("synchronous_commit", "off")]), Some(("synchronous_commit", "off")));
        let standby = [("synchronous_commit", "local"), ("synchronous_standby_names", "one")];
        assert_eq!(with(&standby), Some(("synchronous_commit", "local")));
    }
}
