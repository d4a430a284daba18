//! `[retention]`: how long what has ended is kept.

use std::time::Duration;

use anyhow::bail;
use compasso_service::Retention;
use compasso_types::duration;
use serde::Deserialize;

/// What is kept for ever.
const NEVER: &str = "never";
/// The shortest pause between two sweeps.
const EVERY_MIN: Duration = Duration::from_millis(100);

/// The settings, as they are written: durations such as `30d`, or `never`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RetentionSettings {
    runs: Option<String>,
    executions: Option<String>,
    logs: Option<String>,
    artifacts: Option<String>,
    audit: Option<String>,
    audit_records: Option<u64>,
    every: Option<String>,
}

impl RetentionSettings {
    /// Reads them; what is absent is as it is by default.
    pub(crate) fn read(&self) -> anyhow::Result<Retention> {
        let default = Retention::default();
        let every = match &self.every {
            None => default.every,
            Some(text) => match duration::parse(text) {
                Some(every) if every >= EVERY_MIN => every,
                _ => bail!("[retention] every = {text:?} is no duration, such as \"1h\""),
            },
        };
        Ok(Retention {
            runs: read("runs", self.runs.as_deref(), default.runs)?,
            executions: read("executions", self.executions.as_deref(), default.executions)?,
            logs: read("logs", self.logs.as_deref(), default.logs)?,
            artifacts: read("artifacts", self.artifacts.as_deref(), default.artifacts)?,
            audit: read("audit", self.audit.as_deref(), default.audit)?,
            audit_records: self.audit_records.unwrap_or(default.audit_records),
            every,
        })
    }
}

fn read(
    name: &str,
    text: Option<&str>,
    default: Option<Duration>,
) -> anyhow::Result<Option<Duration>> {
    let Some(text) = text else { return Ok(default) };
    if text == NEVER {
        return Ok(None);
    }
    match duration::parse(text) {
        Some(kept) => Ok(Some(kept)),
        None => bail!("[retention] {name} = {text:?} is no duration, such as \"90d\" or \"never\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> anyhow::Result<Retention> {
        toml::from_str::<RetentionSettings>(text)?.read()
    }

    #[test]
    fn what_is_not_said_is_kept_as_long_as_aws_keeps_it() {
        let days = |days: u64| Some(Duration::from_secs(days * 86_400));
        let found = parsed("logs = '30d'\nexecutions = 'never'").unwrap();
        assert_eq!((found.runs, found.executions, found.logs), (days(90), None, days(30)));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["runs = 'soon'", "every = '0s'", "every = 'never'", "other = '1d'"] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
