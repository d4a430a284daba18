//! Changes of repositories, as GitHub, GitLab and Gitea tell of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_pipeline::tree::GitTrigger;
use compasso_types::{Glob, Json, glob};

use super::auth::{Algorithm, Auth, Secret, Signature};
use super::request::HookRequest;
use crate::limits::GIT_BODY_BYTES_SEEN;

/// Most changed files that are looked at.
const FILES_MAX: usize = 3_000;

/// Which changes of a repository start a run.
#[derive(Clone, Debug)]
pub(crate) struct Git {
    provider: Provider,
    events: Vec<Arc<str>>,
    branches: Patterns,
    tags: Patterns,
    paths: Patterns,
}

/// Patterns of names, one of which must fit.
#[derive(Clone, Debug)]
struct Patterns {
    globs: Vec<Glob>,
    /// They as they are written.
    text: String,
}

impl Patterns {
    fn of(patterns: &[Arc<str>]) -> Result<Self, String> {
        let text = patterns.iter().map(|it| &**it).collect::<Vec<_>>().join(", ");
        Ok(Self { globs: glob::all(patterns)?, text })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Provider {
    GitHub,
    GitLab,
    Gitea,
    Generic,
}

/// A change of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Change {
    event: String,
    branch: Option<String>,
    /// Where a pull request goes to.
    base: Option<String>,
    tag: Option<String>,
    sha: Option<String>,
    author: Option<String>,
    repository: Option<String>,
    /// `None` if they were not told.
    files: Option<BTreeSet<String>>,
    /// Whether the branch or tag is gone.
    is_deletion: bool,
}

impl Git {
    /// Reads what a pipeline says; returns also how the provider shows who it is.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of(trigger: &GitTrigger) -> Result<(Self, Auth), String> {
        let provider = match trigger.provider {
            "github" => Provider::GitHub,
            "gitlab" => Provider::GitLab,
            "gitea" => Provider::Gitea,
            _ => Provider::Generic,
        };
        let secret = trigger.secret.as_ref().map(|secret| Secret::of(secret, "secret"));
        let auth = secret.transpose()?.map_or(Auth::Server, |secret| provider.auth(secret));
        let git = Self {
            provider,
            events: trigger.events.clone(),
            branches: Patterns::of(&trigger.branches)?,
            tags: Patterns::of(&trigger.tags)?,
            paths: Patterns::of(&trigger.paths)?,
        };
        Ok((git, auth))
    }

    /// Returns what expressions see of a request, why it is not wanted unless it is, and its key.
    pub(crate) fn read(
        &self,
        request: &HookRequest,
        seen: &Json,
    ) -> (Json, Option<String>, Option<String>) {
        let body = told(request, seen);
        let change = self.provider.change(request, &body);
        let known_by = self.provider.delivery(request).map(str::to_owned);
        let (misfit, shown) = (self.misfit(&change), change.shown());
        let is_large = request.body.len() > GIT_BODY_BYTES_SEEN;
        let members = seen.as_object().map(|members| (**members).clone()).unwrap_or_default();
        let kept = members.into_iter().filter(|(name, _)| !matches!(&**name, "body" | "raw"));
        let body = (!is_large).then(|| ("body".into(), body));
        (Json::object(kept.chain(body).chain([("git".into(), shown)])), misfit, known_by)
    }

    /// Says why a change is not one that is looked for.
    fn misfit(&self, change: &Change) -> Option<String> {
        let is_event = match self.events.as_slice() {
            [] => change.event == "push",
            events => events.iter().any(|event| **event == change.event),
        };
        if !is_event {
            let wanted: Vec<&str> = self.events.iter().map(|event| &**event).collect();
            let wanted = if wanted.is_empty() { "push".to_owned() } else { wanted.join(", ") };
            return Some(format!("'events' has {wanted}, this is '{}'", change.event));
        }
        if change.is_deletion {
            return Some("the branch or tag was deleted".to_owned());
        }
        self.misfit_of_ref(change).or_else(|| self.misfit_of_files(change))
    }

    /// Patterns of branches alone leave out tags, and the other way round.
    fn misfit_of_ref(&self, change: &Change) -> Option<String> {
        if self.branches.globs.is_empty() && self.tags.globs.is_empty() {
            return None;
        }
        let branch = change.base.as_ref().or(change.branch.as_ref());
        let (name, value, patterns) = match (&change.tag, branch) {
            (Some(tag), _) => ("tags", tag, &self.tags),
            (None, Some(branch)) => ("branches", branch, &self.branches),
            (None, None) => return None,
        };
        if glob::any(&patterns.globs, value) {
            return None;
        }
        let has = if patterns.text.is_empty() { "nothing" } else { &patterns.text };
        Some(format!("'{name}' has {has}, this is '{value}'"))
    }

    /// What files changed is not always told; then nobody is left out.
    fn misfit_of_files(&self, change: &Change) -> Option<String> {
        let Patterns { globs, text } = &self.paths;
        let files = change.files.as_ref().filter(|_| !globs.is_empty())?;
        let fits = files.iter().any(|file| glob::any(globs, file));
        (!fits).then(|| format!("'paths' has {text}, which none of {} files is", files.len()))
    }
}

/// Returns what a provider tells: JSON, maybe in a form.
fn told(request: &HookRequest, seen: &Json) -> Json {
    let text = std::str::from_utf8(&request.body).unwrap_or_default();
    let in_form = || Json::parse(seen.get("body")?.get("payload")?.as_str()?).ok();
    Json::parse(text).ok().or_else(in_form).unwrap_or_default()
}

impl Provider {
    fn auth(self, secret: Secret) -> Auth {
        let signature = |header: &str, prefix: &str, secret| {
            Auth::Hmac(Signature {
                header: header.into(),
                secret,
                algorithm: Algorithm::Sha256,
                prefix: prefix.into(),
                timestamp: None,
            })
        };
        match self {
            Self::GitHub | Self::Generic => signature("x-hub-signature-256", "sha256=", secret),
            Self::Gitea => signature("x-gitea-signature", "", secret),
            Self::GitLab => Auth::Token { header: "x-gitlab-token".into(), secret },
        }
    }

    /// Returns what tells a delivery from others; sent again, it has the same.
    fn delivery(self, request: &HookRequest) -> Option<&str> {
        match self {
            Self::GitHub => request.header("x-github-delivery"),
            Self::GitLab => {
                request.header("idempotency-key").or(request.header("x-gitlab-event-uuid"))
            }
            Self::Gitea => request.header("x-gitea-delivery"),
            Self::Generic => request.header("idempotency-key"),
        }
    }

    fn change(self, request: &HookRequest, body: &Json) -> Change {
        match self {
            Self::GitHub => hub_change(request.header("x-github-event"), body),
            Self::Gitea => hub_change(request.header("x-gitea-event"), body),
            Self::GitLab => lab_change(body),
            Self::Generic => generic_change(body),
        }
    }
}

impl Change {
    fn shown(&self) -> Json {
        let text = |value: &Option<String>| value.as_deref().map(Json::from);
        let files = self.files.as_ref();
        let files = files.map(|files| Json::array(files.iter().map(|it| Json::from(it.as_str()))));
        let members = [
            ("event", Some(Json::from(self.event.as_str()))),
            ("branch", text(&self.branch)),
            ("base", text(&self.base)),
            ("tag", text(&self.tag)),
            ("sha", text(&self.sha)),
            ("author", text(&self.author)),
            ("repository", text(&self.repository)),
            ("files", files),
        ];
        Json::object(members.into_iter().filter_map(|(name, value)| Some((name, value?))))
    }

    /// Takes note of the ref that a push changed.
    fn set_ref(&mut self, name: Option<String>) {
        let Some(name) = name else { return };
        match (name.strip_prefix("refs/heads/"), name.strip_prefix("refs/tags/")) {
            (Some(branch), _) => self.branch = Some(branch.to_owned()),
            (None, Some(tag)) => self.tag = Some(tag.to_owned()),
            (None, None) => self.branch = Some(name),
        }
    }
}

/// Reads an event of GitHub, whose form Gitea has as well.
fn hub_change(event: Option<&str>, body: &Json) -> Change {
    let mut change = Change {
        event: event.unwrap_or("").to_owned(),
        repository: text(body, &["repository", "full_name"]),
        author: text(body, &["sender", "login"]),
        ..Change::default()
    };
    if let Some(pull) = body.get("pull_request") {
        change.branch = text(pull, &["head", "ref"]);
        change.base = text(pull, &["base", "ref"]);
        change.sha = text(pull, &["head", "sha"]);
        change.author = text(pull, &["user", "login"]).or(change.author);
        return change;
    }
    change.set_ref(text(body, &["ref"]));
    change.sha = text(body, &["after"]);
    change.author = text(body, &["pusher", "name"])
        .or_else(|| text(body, &["pusher", "login"]))
        .or(change.author);
    change.is_deletion = body.get("deleted").and_then(Json::as_bool).unwrap_or(false)
        || change.sha.as_deref().is_some_and(is_nothing);
    change.files = files(body);
    change
}

/// Reads an event of GitLab.
fn lab_change(body: &Json) -> Change {
    let kind = text(body, &["object_kind"]).unwrap_or_default();
    let mut change = Change {
        repository: text(body, &["project", "path_with_namespace"]),
        author: text(body, &["user_username"]).or_else(|| text(body, &["user", "username"])),
        ..Change::default()
    };
    if kind == "merge_request" {
        "pull_request".clone_into(&mut change.event);
        change.branch = text(body, &["object_attributes", "source_branch"]);
        change.base = text(body, &["object_attributes", "target_branch"]);
        change.sha = text(body, &["object_attributes", "last_commit", "id"]);
        return change;
    }
    change.event = if kind == "tag_push" { "push".to_owned() } else { kind };
    change.set_ref(text(body, &["ref"]));
    change.sha = text(body, &["checkout_sha"]).or_else(|| text(body, &["after"]));
    change.is_deletion = text(body, &["after"]).is_some_and(|sha| is_nothing(&sha));
    change.files = files(body);
    change
}

/// Reads an event of somebody who writes what expressions see.
fn generic_change(body: &Json) -> Change {
    let listed = body.get("files").and_then(Json::as_array);
    let mut change = Change {
        event: text(body, &["event"]).unwrap_or_else(|| "push".to_owned()),
        tag: text(body, &["tag"]),
        base: text(body, &["base"]),
        sha: text(body, &["sha"]),
        author: text(body, &["author"]),
        repository: text(body, &["repository"]),
        files: listed.map(|files| texts(files.iter())),
        ..Change::default()
    };
    change.set_ref(text(body, &["ref"]));
    change.branch = text(body, &["branch"]).or(change.branch);
    change
}

/// Returns the files that the commits of a push changed.
fn files(body: &Json) -> Option<BTreeSet<String>> {
    let commits = body.get("commits")?.as_array()?;
    let lists = commits.iter().flat_map(|commit| {
        let lists = ["added", "modified", "removed"].map(|name| commit.get(name));
        lists.into_iter().flatten().filter_map(Json::as_array)
    });
    Some(texts(lists.flat_map(|list| list.iter()).take(FILES_MAX)))
}

fn texts<'a>(items: impl Iterator<Item = &'a Json>) -> BTreeSet<String> {
    items.filter_map(Json::as_str).map(str::to_owned).collect()
}

fn text(value: &Json, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, name| value.get(name))?;
    found.as_str().map(str::to_owned)
}

/// Whether a commit is the one that stands for none.
fn is_nothing(sha: &str) -> bool {
    !sha.is_empty() && sha.bytes().all(|digit| digit == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(provider: &'static str, events: &[&str], branches: &[&str], paths: &[&str]) -> Git {
        let shared = |texts: &[&str]| texts.iter().map(|text| Arc::from(*text)).collect::<Vec<_>>();
        let trigger = GitTrigger {
            provider,
            secret: None,
            events: shared(events),
            branches: shared(branches),
            tags: Vec::new(),
            paths: shared(paths),
        };
        Git::of(&trigger).unwrap().0
    }

    fn read(git: &Git, headers: &[(&str, &str)], body: &str) -> (String, String) {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let request = HookRequest {
            headers: headers.collect(),
            body: body.to_owned().into(),
            ..HookRequest::default()
        };
        let (seen, misfit, _) = git.read(&request, &request.seen(None).unwrap());
        (seen.get("git").unwrap().to_string(), misfit.unwrap_or_default())
    }

    const PUSH: &str = r#"{"ref":"refs/heads/main","after":"abc","pusher":{"name":"ana"},
        "commits":[{"added":["services/shop/a.rs"],"modified":["x"],"removed":[]}]}"#;

    #[test]
    fn a_push_is_wanted_by_branch_and_files() {
        let push = [("x-github-event", "push")];
        let expected = r#"{"event":"push","branch":"main","sha":"abc","author":"ana","files":["services/shop/a.rs","x"]}"#;
        let misfit = |branches: &[&str], paths: &[&str]| {
            let (seen, misfit) = read(&git("github", &["push"], branches, paths), &push, PUSH);
            assert_eq!(seen, expected);
            misfit
        };
        assert_eq!(misfit(&[], &[]), "");
        assert_eq!(misfit(&["main", "release/*"], &["services/shop/**"]), "");
        assert_eq!(misfit(&["release/*"], &[]), "'branches' has release/*, this is 'main'");
        let why = "'paths' has docs/**, *.md, which none of 2 files is";
        assert_eq!(misfit(&["main"], &["docs/**", "*.md"]), why);
    }

    #[test]
    fn other_events_and_deletions_are_left_out() {
        let any = git("github", &[], &[], &[]);
        let why = read(&any, &[("x-github-event", "ping")], "{}").1;
        assert_eq!(why, "'events' has push, this is 'ping'");
        let gone = r#"{"ref":"refs/heads/x","after":"0000","deleted":true}"#;
        let why = read(&any, &[("x-github-event", "push")], gone).1;
        assert_eq!(why, "the branch or tag was deleted");
    }

    #[test]
    fn a_pull_request_goes_by_the_branch_it_goes_to() {
        let body = r#"{"pull_request":{"head":{"ref":"fix","sha":"abc"},"base":{"ref":"main"},
            "user":{"login":"ana"}}}"#;
        let header = [("x-gitea-event", "pull_request")];
        let (seen, misfit) = read(&git("gitea", &["pull_request"], &["main"], &[]), &header, body);
        assert_eq!(misfit, "");
        assert_eq!(
            seen,
            r#"{"event":"pull_request","branch":"fix","base":"main","sha":"abc","author":"ana"}"#
        );
        let why = read(&git("gitea", &["pull_request"], &["fix"], &[]), &header, body).1;
        assert_eq!(why, "'branches' has fix, this is 'main'");
    }

    #[test]
    fn tags_are_no_branches() {
        let body = r#"{"object_kind":"tag_push","ref":"refs/tags/v1","checkout_sha":"abc"}"#;
        let why = read(&git("gitlab", &["push"], &["**"], &[]), &[], body).1;
        assert_eq!(why, "'tags' has nothing, this is 'v1'");
        let (seen, misfit) = read(&git("gitlab", &["push"], &[], &[]), &[], body);
        assert_eq!(misfit, "");
        assert_eq!(seen, r#"{"event":"push","tag":"v1","sha":"abc"}"#);
    }
}
