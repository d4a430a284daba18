//! Keys that a command prints (`credential_process`).

use std::process::Stdio;
use std::time::Duration;

use compasso_types::Json;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use super::chain::{NEVER, Temporary};
use crate::Credentials;

/// Longest wait for the command, which may ask a person.
const TIMEOUT: Duration = Duration::from_secs(60);
const OUTPUT_BYTES_MAX: u64 = 64 * 1024;

/// Runs the command by a shell and reads what it prints.
pub(super) async fn keys(command: &str) -> Result<Temporary, String> {
    let printed = tokio::time::timeout(TIMEOUT, output(command)).await;
    let printed = printed.map_err(|_| format!("credential_process takes over {TIMEOUT:?}"))?;
    let printed = printed.map_err(|error| format!("credential_process fails: {error}"))?;
    // What it prints may hold a secret even if it is not understood.
    read(&printed).ok_or_else(|| "credential_process prints no keys".to_owned())
}

async fn output(command: &str) -> std::io::Result<String> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut printed = String::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(OUTPUT_BYTES_MAX).read_to_string(&mut printed).await?;
    }
    let status = child.wait().await?;
    if status.success() { Ok(printed) } else { Err(std::io::Error::other(status.to_string())) }
}

fn read(printed: &str) -> Option<Temporary> {
    let printed = Json::parse(printed).ok()?;
    let text = |name: &str| printed.get(name)?.as_str().map(str::to_owned);
    if printed.get("Version")?.as_i64() != Some(1) {
        return None;
    }
    let expires = match text("Expiration") {
        Some(instant) => instant.parse().ok()?,
        None => NEVER,
    };
    Some(Temporary {
        credentials: Credentials {
            access_key_id: text("AccessKeyId")?,
            secret_access_key: text("SecretAccessKey")?,
            session_token: text("SessionToken"),
        },
        expires,
    })
}

#[cfg(test)]
mod tests {
    use compasso_types::Timestamp;

    use super::*;

    #[test]
    fn keys_without_an_end_do_not_end() {
        let keys = r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s"}"#;
        assert_eq!(read(keys).unwrap().expires, NEVER);
        assert!(read(&keys.replace('1', "2")).is_none(), "another version");
        let ends = keys.replace('}', r#","Expiration":"1970-01-01T00:00:01Z"}"#);
        assert_eq!(read(&ends).unwrap().expires, Timestamp(1000));
    }
}
