//! `email`, towards a server that takes mails and keeps them.

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::workbench::{actions, actions_of, json, run};

/// Takes one mail, refusing recipients with `refused` in their address; returns all that was said.
async fn server() -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = tokio::spawn(async move {
        let (connection, _) = listener.accept().await.unwrap();
        let (reader, mut writer) = connection.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 sink\r\n").await.unwrap();
        let (mut said, mut in_data) = (String::new(), false);
        while let Ok(Some(line)) = lines.next_line().await {
            said.push_str(&line);
            said.push('\n');
            let answer = match line.split(' ').next().unwrap_or_default() {
                "." => {
                    in_data = false;
                    "250 taken"
                }
                _ if in_data => continue,
                "EHLO" => "250 sink",
                "RCPT" if line.contains("refused") => "550 no such user",
                "DATA" => {
                    in_data = true;
                    "354 go on"
                }
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            if writer.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                break;
            }
        }
        said
    });
    (port, talk)
}

async fn send(parameters: &str) -> (Result<String, (String, String)>, String) {
    let (port, talk) = server().await;
    let settings = format!(
        "[email]\nhost = '127.0.0.1'\nport = {port}\nencryption = 'none'\n\
         from = 'Compasso <compasso@example.com>'"
    );
    let actions = actions_of("", toml::from_str(&settings).unwrap());
    let ended = run(&actions, "email", &json(parameters, "")).await;
    (ended.map(|output| output.to_string()), talk.await.unwrap())
}

#[tokio::test]
async fn a_mail_is_handed_over_as_described() {
    let (ended, said) = send(
        r#"{"to":["ops@example.com"],"cc":"Ada <ada@example.com>","subject":"Rows: 3",
            "body":"three\n.\nrows"}"#,
    )
    .await;
    assert_eq!(ended.unwrap(), r#"{"accepted":["ops@example.com","Ada <ada@example.com>"]}"#);
    for expected in [
        "MAIL FROM:<compasso@example.com>",
        "RCPT TO:<ops@example.com>",
        "RCPT TO:<ada@example.com>",
        "Message-ID: <key-1@compasso>",
        "Subject: Rows: 3",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "three\n..\nrows",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[tokio::test]
async fn a_recipient_who_is_refused_fails_the_task_for_good() {
    let (ended, _) = send(r#"{"to":"refused@example.com","subject":"s"}"#).await;
    let (error, cause) = ended.unwrap_err();
    assert_eq!(error, "MailRefused");
    assert!(cause.contains("no such user"), "{cause}");
}

#[tokio::test]
async fn what_is_no_mail_is_not_sent() {
    let settings = "[email]\nhost = '127.0.0.1'\nport = 1\nencryption = 'none'\nfrom = 'a@b.c'";
    let with = actions_of("", toml::from_str(settings).unwrap());
    for (parameters, error, hint) in [
        (r#"{"to":[],"subject":"s"}"#, "States.Runtime", "at least one"),
        (r#"{"to":"x","subject":"s"}"#, "States.Runtime", "must be an address of a mailbox"),
        (r#"{"to":"a@b.c\r\nBcc: d@e.f","subject":"s"}"#, "States.Runtime", "no address"),
        (r#"{"to":"a@b.c","subject":"s"}"#, "Connection", ""),
    ] {
        let (found, cause) = run(&with, "email", &json(parameters, "")).await.unwrap_err();
        assert_eq!(found, error, "{cause}");
        assert!(cause.contains(hint), "{cause}");
    }
    let parameters = json(r#"{"to":"a@b.c","subject":"s"}"#, "");
    let (error, cause) = run(&actions(), "email", &parameters).await.unwrap_err();
    assert_eq!(error, "Connection");
    assert!(cause.contains("[email]"), "{cause}");
}
