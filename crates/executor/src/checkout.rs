//! Bringing a repository into the workspace by the program `git`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::log::TaskLog;
use crate::program::{NotRun, Program};
use crate::workspace::{MARKER, Workspace, inner_path};
use crate::{Failure, WorkOrder, inherited};

/// What an attempt fails with whose repository cannot be had.
const ERROR: &str = "Checkout";
/// Commits that are brought if nothing is said.
const DEPTH: u32 = 1;
/// What git may speak; it has others that run programs.
const PROTOCOLS: &str = "file:git:http:https:ssh";
/// Who a token is sent as: servers of repositories ask for some name.
const USER: &str = "x-access-token";

/// A repository, and what of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkout {
    /// Where it is.
    #[serde(default)]
    repo: Option<String>,
    /// The branch, tag or commit; absent: what the repository has as its own.
    #[serde(default, rename = "ref")]
    git_ref: Option<String>,
    /// How many commits.
    #[serde(default)]
    depth: Option<u32>,
    /// Where in the workspace.
    #[serde(default)]
    path: Option<String>,
    /// What it is asked with.
    #[serde(default)]
    token: Option<String>,
}

/// Brings the repository of an order, if it has one.
pub(crate) async fn bring(
    order: &WorkOrder,
    workspace: &Arc<Workspace>,
    pass_env: &[String],
    log: &TaskLog,
) -> Result<(), Failure> {
    let Some(checkout) = &order.checkout else { return Ok(()) };
    let Some(repo) = checkout.repo.as_deref() else {
        let cause = "no repository is known: push the pipeline with --repo URL --commit SHA, or \
                     write 'checkout: {repo: URL}'";
        return Err(Failure::new(ERROR, cause));
    };
    let git_ref = checkout.git_ref.as_deref().unwrap_or("HEAD");
    for word in [repo, git_ref] {
        if word.starts_with('-') || word.is_empty() {
            return Err(Failure::new(ERROR, format!("'{word}' is no repository and no ref")));
        }
    }
    let directory = match &checkout.path {
        Some(path) => workspace.root.join(inner_path(path)?),
        None => workspace.root.clone(),
    };
    tokio::fs::create_dir_all(&directory).await.map_err(|error| {
        Failure::new(ERROR, format!("{} cannot be made: {error}", directory.display()))
    })?;
    let git = Git {
        environment: checkout.environment(repo, workspace, pass_env),
        directory: &directory,
        workspace,
        order,
        log,
    };
    log.note("::group::checkout");
    let brought = git.bring(repo, git_ref, checkout.depth.unwrap_or(DEPTH)).await;
    log.note("::endgroup::");
    brought
}

impl Checkout {
    fn environment(
        &self,
        repo: &str,
        workspace: &Workspace,
        pass_env: &[String],
    ) -> BTreeMap<String, String> {
        let mut environment = inherited(pass_env.iter().map(String::as_str));
        let mut set = |name: &str, value: String| environment.insert(name.to_owned(), value);
        set("GIT_TERMINAL_PROMPT", "0".to_owned());
        set("GIT_ALLOW_PROTOCOL", PROTOCOLS.to_owned());
        set(MARKER, workspace.root.to_string_lossy().into_owned());
        if let Some(secret) = self.secret() {
            // Not on the command line, which others see, and to nobody but this repository: git would
            // send it to wherever the first answer leads, too.
            set("GIT_CONFIG_COUNT", "2".to_owned());
            set("GIT_CONFIG_KEY_0", format!("http.{repo}.extraHeader"));
            set("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {secret}"));
            set("GIT_CONFIG_KEY_1", "http.followRedirects".to_owned());
            set("GIT_CONFIG_VALUE_1", "false".to_owned());
        }
        environment
    }

    /// Returns what is sent in the place of the token, which no log may show either.
    pub(crate) fn secret(&self) -> Option<String> {
        let token = self.token.as_ref()?;
        Some(STANDARD.encode(format!("{USER}:{token}")))
    }
}

/// How git is run.
struct Git<'a> {
    environment: BTreeMap<String, String>,
    directory: &'a Path,
    workspace: &'a Arc<Workspace>,
    order: &'a WorkOrder,
    log: &'a TaskLog,
}

impl Git<'_> {
    async fn bring(&self, repo: &str, git_ref: &str, depth: u32) -> Result<(), Failure> {
        self.run(&["init", "--quiet"]).await?;
        let depth = format!("--depth={depth}");
        let fetched = self.run(&["fetch", "--quiet", &depth, "--", repo, git_ref]).await;
        let Err(failure) = fetched else {
            return self.run(&["checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"]).await;
        };
        // Not every server hands out commits by their ids: then all of it is brought.
        let is_commit = git_ref.len() >= 7 && git_ref.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_commit {
            return Err(failure);
        }
        let all = "+refs/heads/*:refs/remotes/origin/*";
        self.run(&["fetch", "--quiet", "--tags", "--", repo, all]).await?;
        self.run(&["checkout", "--quiet", "--force", "--detach", git_ref]).await
    }

    async fn run(&self, words: &[&str]) -> Result<(), Failure> {
        let command = ["git"].iter().chain(words).map(|word| (*word).to_owned()).collect();
        let root = self.workspace.root.to_string_lossy();
        let program = Program {
            command,
            environment: self.environment.clone(),
            directory: Some(self.directory.to_owned()),
            stdin: None,
            log_stdout: true,
            stdout_bytes_max: None,
            grace: self.order.grace(),
            marker: Some(format!("{MARKER}={root}")),
            keeps: Some(self.workspace.clone()),
        };
        let ended = program.run(self.log).await.map_err(|reason| {
            let cause = match reason {
                NotRun::NotFound(what) => format!("{what}; a checkout needs the program 'git'"),
                NotRun::NotStarted(what) => what,
                NotRun::OutputTooLarge => "git wrote too much".to_owned(),
                NotRun::Broken(error) => error.to_string(),
            };
            Failure::new(ERROR, cause)
        })?;
        if ended.status.success() {
            return Ok(());
        }
        let said = ended.stderr_tail.trim();
        Err(Failure::new(ERROR, format!("git {} failed: {said}", words[0])))
    }
}
