//! A bare HTTP/1.1 client that costs little beside the server it measures.

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection that is kept open.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    port: u16,
}

impl Connection {
    pub(crate) async fn open(port: u16) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096), port })
    }

    /// Calls an action and returns the answer's text.
    pub(crate) async fn call(&mut self, action: &str, body: &str) -> anyhow::Result<String> {
        self.call_of("AWSStepFunctions", action, body).await
    }

    /// Calls an action of another API.
    pub(crate) async fn call_of(
        &mut self,
        api: &str,
        action: &str,
        body: &str,
    ) -> anyhow::Result<String> {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: {api}.{action}\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let (status, text) = self.read_answer().await?;
        if status != 200 {
            bail!("{action} answered {status}: {text}");
        }
        Ok(text)
    }

    /// Posts to a path of the REST interface and returns the answer.
    pub(crate) async fn post(&mut self, path: &str, body: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.send("POST", &format!("/api/v1{path}"), body).await?)?)
    }

    /// Sends a request of the REST interface and returns the answer's text.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
    ) -> anyhow::Result<String> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
             X-Compasso-Console: 1\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let (status, text) = self.read_answer().await?;
        if !(200..300).contains(&status) {
            bail!("{method} {path} answered {status}: {text}");
        }
        Ok(text)
    }

    /// Calls an action and returns the answer.
    pub(crate) async fn call_json(&mut self, action: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.call(action, &body.to_string()).await?)?)
    }

    async fn read_answer(&mut self) -> anyhow::Result<(u16, String)> {
        let head = loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.fill().await?;
        };
        let text = std::str::from_utf8(&self.buffer[..head]).context("head is no text")?;
        let status = text.get(9..12).and_then(|code| code.parse().ok()).context("no status")?;
        let length: usize = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .context("no content length")?;
        while self.buffer.len() < head + length {
            self.fill().await?;
        }
        let body = String::from_utf8(self.buffer[head..head + length].to_vec())?;
        self.buffer.drain(..head + length);
        Ok((status, body))
    }

    async fn fill(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

/// Returns the text of a member of an answer that the caller knows to be flat.
pub(crate) fn member<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let key = format!("\"{name}\":\"");
    let start = answer.find(&key)? + key.len();
    let end = answer[start..].find('"')? + start;
    Some(&answer[start..end])
}
