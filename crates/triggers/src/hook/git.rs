//! Changes of repositories, as GitHub, GitLab and Gitea tell of them.

mod change;

use std::sync::Arc;

use compasso_pipeline::tree::GitTrigger;
use compasso_types::{Glob, Json, glob};

use self::change::{Change, PULL_REQUEST, in_one_word};
use super::auth::{Algorithm, Auth, Secret, Signature};
use super::request::HookRequest;
use crate::limits::GIT_BODY_BYTES_SEEN;

/// What is done with pull requests that brings other code.
const ACTIONS: [&str; 3] = ["opened", "reopened", "synchronize"];

/// Which changes of a repository start a run.
#[derive(Clone, Debug)]
pub(crate) struct Git {
    provider: Provider,
    events: Vec<Arc<str>>,
    actions: Vec<String>,
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
            actions: trigger.actions.iter().map(|action| in_one_word(action).to_owned()).collect(),
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

    /// Says why a change is not one that is looked for, by what expressions see of the request.
    pub(crate) fn misfit_of(&self, seen: &Json) -> Option<String> {
        self.misfit(&Change::of_shown(seen.get("git")?, seen.get("body")))
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
        let of_action = self.misfit_of_action(change);
        of_action.or_else(|| self.misfit_of_ref(change)).or_else(|| self.misfit_of_files(change))
    }

    /// Without a word about it, what is done with a pull request must bring other code.
    fn misfit_of_action(&self, change: &Change) -> Option<String> {
        let action = change.action.as_deref()?;
        let wanted: Vec<&str> = match self.actions.as_slice() {
            [] if change.event == PULL_REQUEST => ACTIONS.to_vec(),
            [] => return None,
            actions => actions.iter().map(String::as_str).collect(),
        };
        let has = wanted.join(", ");
        (!wanted.contains(&action)).then(|| format!("'actions' has {has}, this is '{action}'"))
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

    /// What files changed is not always told, or not all of them; then nobody is left out.
    fn misfit_of_files(&self, change: &Change) -> Option<String> {
        let Patterns { globs, text } = &self.paths;
        let is_known = !globs.is_empty() && !change.has_more_files;
        let files = change.files.as_ref().filter(|_| is_known)?;
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
            Self::GitHub => Change::of_hub(request.header("x-github-event"), body),
            Self::Gitea => Change::of_hub(request.header("x-gitea-event"), body),
            Self::GitLab => Change::of_lab(body),
            Self::Generic => Change::of_generic(body),
        }
    }
}

#[cfg(test)]
mod tests;
