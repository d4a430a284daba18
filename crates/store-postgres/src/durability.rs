//! What a database must be set to, so that what it has committed lasts.

use tokio_postgres::Client;

use crate::link::NoLink;

const SETTINGS: &str = "
    SELECT name, setting FROM pg_settings WHERE name IN
        ('fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names')";

/// Refuses a database that may lose commits: with its machine, or with the standby that takes over.
pub(crate) async fn check(client: &Client) -> Result<(), NoLink> {
    let mut settings = Vec::new();
    for row in client.query(SETTINGS, &[]).await? {
        settings.push((row.try_get::<_, String>(0)?, row.try_get::<_, String>(1)?));
    }
    let settings = settings.iter().map(|(name, value)| (&**name, &**value));
    match missing(&settings.collect::<Vec<_>>()) {
        Some((setting, value)) => {
            Err(NoLink::Unsafe { setting: setting.to_owned(), value: value.to_owned() })
        }
        None => Ok(()),
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
    fn one_that_may_lose_commits_is_not() {
        assert_eq!(with(&[("fsync", "off")]), Some(("fsync", "off")));
        assert_eq!(with(&[("full_page_writes", "off")]), Some(("full_page_writes", "off")));
        assert_eq!(with(&[("synchronous_commit", "off")]), Some(("synchronous_commit", "off")));
        let standby = [("synchronous_commit", "local"), ("synchronous_standby_names", "one")];
        assert_eq!(with(&standby), Some(("synchronous_commit", "local")));
    }
}
