//! What providers tell of a change.

use std::collections::BTreeSet;

use compasso_types::Json;

use crate::limits::GIT_BODY_BYTES_SEEN;

/// Most changed files that expressions see, and most bytes of their names.
const FILES_SEEN: usize = 3_000;
const FILE_BYTES_SEEN: usize = GIT_BODY_BYTES_SEEN;
/// How many files of those that were told are not shown.
const LEFT_OUT: &str = "files_left_out";
/// Whether others were not even told.
const INCOMPLETE: &str = "files_incomplete";
/// Where GitHub's form and GitLab's have the number of all commits.
const TOTAL_OF_HUB: &str = "total_commits";
const TOTAL_OF_LAB: &str = "total_commits_count";
const TOTALS: [&str; 2] = [TOTAL_OF_HUB, TOTAL_OF_LAB];
/// The event of a pull request.
pub(super) const PULL_REQUEST: &str = "pull_request";

/// A change of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) event: String,
    /// What was done, such as with a pull request, in the words of GitHub.
    pub(super) action: Option<String>,
    /// Whether a pull request that was closed is merged.
    pub(super) is_merged: bool,
    pub(super) branch: Option<String>,
    /// Where a pull request goes to.
    pub(super) base: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) sha: Option<String>,
    pub(super) author: Option<String>,
    pub(super) repository: Option<String>,
    /// `None` if they were not told.
    pub(super) files: Option<BTreeSet<String>>,
    /// Whether others are not told.
    pub(super) has_more_files: bool,
    /// Whether the branch or tag is gone.
    pub(super) is_deletion: bool,
}

impl Change {
    /// Reads an event of GitHub, whose form Gitea has as well.
    pub(super) fn of_hub(event: Option<&str>, body: &Json) -> Self {
        let mut change = Self {
            event: event.unwrap_or("").to_owned(),
            action: text(body, &["action"]).map(|action| in_one_word(&action).to_owned()),
            repository: text(body, &["repository", "full_name"]),
            author: text(body, &["sender", "login"]),
            ..Self::default()
        };
        if let Some(pull) = body.get("pull_request") {
            change.branch = text(pull, &["head", "ref"]);
            change.base = text(pull, &["base", "ref"]);
            change.sha = text(pull, &["head", "sha"]);
            change.author = text(pull, &["user", "login"]).or(change.author);
            change.is_merged = pull.get("merged").and_then(Json::as_bool).unwrap_or(false);
            return change;
        }
        change.set_ref(text(body, &["ref"]));
        change.sha = text(body, &["after"]);
        change.author = text(body, &["pusher", "name"])
            .or_else(|| text(body, &["pusher", "login"]))
            .or(change.author);
        change.is_deletion = body.get("deleted").and_then(Json::as_bool).unwrap_or(false)
            || change.sha.as_deref().is_some_and(is_nothing);
        change.set_files(body, TOTAL_OF_HUB);
        change
    }

    /// Reads an event of GitLab.
    pub(super) fn of_lab(body: &Json) -> Self {
        let kind = text(body, &["object_kind"]).unwrap_or_default();
        let mut change = Self {
            repository: text(body, &["project", "path_with_namespace"]),
            author: text(body, &["user_username"]).or_else(|| text(body, &["user", "username"])),
            ..Self::default()
        };
        if kind == "merge_request" {
            PULL_REQUEST.clone_into(&mut change.event);
            change.set_action_of_lab(body);
            change.branch = text(body, &["object_attributes", "source_branch"]);
            change.base = text(body, &["object_attributes", "target_branch"]);
            change.sha = text(body, &["object_attributes", "last_commit", "id"]);
            return change;
        }
        change.event = if kind == "tag_push" { "push".to_owned() } else { kind };
        change.set_ref(text(body, &["ref"]));
        change.sha = text(body, &["checkout_sha"]).or_else(|| text(body, &["after"]));
        change.is_deletion = text(body, &["after"]).is_some_and(|sha| is_nothing(&sha));
        change.set_files(body, TOTAL_OF_LAB);
        change
    }

    /// Reads an event of somebody who writes what expressions see.
    pub(super) fn of_generic(body: &Json) -> Self {
        let listed = body.get("files").and_then(Json::as_array);
        let mut change = Self {
            event: text(body, &["event"]).unwrap_or_else(|| "push".to_owned()),
            action: text(body, &["action"]).map(|action| in_one_word(&action).to_owned()),
            tag: text(body, &["tag"]),
            base: text(body, &["base"]),
            sha: text(body, &["sha"]),
            author: text(body, &["author"]),
            repository: text(body, &["repository"]),
            files: listed.map(|files| texts(files.iter())),
            ..Self::default()
        };
        change.set_ref(text(body, &["ref"]));
        change.branch = text(body, &["branch"]).or(change.branch);
        change
    }

    /// Reads what expressions see, and what came if that is there.
    pub(super) fn of_shown(shown: &Json, body: Option<&Json>) -> Self {
        let change = Self::of_generic(shown);
        let is_deletion = change.sha.as_deref().is_some_and(is_nothing);
        let is_cut = [LEFT_OUT, INCOMPLETE].iter().any(|name| shown.get(name).is_some());
        // An earlier release did not show that there are more commits.
        let has_more = |body| TOTALS.iter().any(|total| has_more_commits(body, total));
        let has_more_files = is_cut || body.is_some_and(has_more);
        Self { has_more_files, is_deletion, ..change }
    }

    /// Returns what expressions see.
    pub(super) fn shown(&self) -> Json {
        let text = |value: &Option<String>| value.as_deref().map(Json::from);
        let seen = self.files.as_ref().map(seen);
        let all = self.files.as_ref().map_or(0, BTreeSet::len);
        let left_out = seen.as_ref().map_or(0, |seen| all - seen.len());
        let members = [
            ("event", Some(Json::from(self.event.as_str()))),
            ("action", text(&self.action)),
            ("merged", self.is_merged.then(|| true.into())),
            ("branch", text(&self.branch)),
            ("base", text(&self.base)),
            ("tag", text(&self.tag)),
            ("sha", text(&self.sha)),
            ("author", text(&self.author)),
            ("repository", text(&self.repository)),
            ("files", seen.map(Json::array)),
            (LEFT_OUT, (left_out > 0).then(|| (left_out as i64).into())),
            (INCOMPLETE, self.has_more_files.then(|| true.into())),
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

    /// Takes note of what was done with a merge request of GitLab: it is updated for other code, which
    /// the commit before tells, and for all else.
    fn set_action_of_lab(&mut self, body: &Json) {
        let action = text(body, &["object_attributes", "action"]);
        let is_of_code = text(body, &["object_attributes", "oldrev"]).is_some();
        self.is_merged = action.as_deref() == Some("merge");
        self.action = action.map(|action| match &*action {
            "update" if !is_of_code => "edited".to_owned(),
            "merge" => "closed".to_owned(),
            other => in_one_word(other).to_owned(),
        });
    }

    /// Takes note of the files that the commits of a push changed. A push without commits, such as one
    /// that makes a branch of what is there, tells none; and of many commits the last ones alone are told,
    /// with the number of all in the member `total`.
    fn set_files(&mut self, body: &Json, total: &str) {
        let commits = body.get("commits").and_then(Json::as_array);
        let Some(commits) = commits.filter(|commits| !commits.is_empty()) else { return };
        let lists = commits.iter().flat_map(|commit| {
            let lists = ["added", "modified", "removed"].map(|name| commit.get(name));
            lists.into_iter().flatten().filter_map(Json::as_array)
        });
        self.files = Some(texts(lists.flat_map(|list| list.iter())));
        self.has_more_files = has_more_commits(body, total);
    }
}

/// Whether a push has more commits than are told.
fn has_more_commits(body: &Json, total: &str) -> bool {
    let commits = body.get("commits").and_then(Json::as_array);
    let told = commits.map_or(0, |commits| i64::try_from(commits.len()).unwrap_or(i64::MAX));
    told > 0 && body.get(total).and_then(Json::as_i64).is_some_and(|all| all > told)
}

/// Returns the files that expressions see: the first ones.
fn seen(files: &BTreeSet<String>) -> Vec<Json> {
    let mut room = FILE_BYTES_SEEN;
    let fits = |file: &&String| {
        let left = room.checked_sub(file.len());
        room = left.unwrap_or(0);
        left.is_some()
    };
    files.iter().take(FILES_SEEN).take_while(fits).map(|file| Json::from(file.as_str())).collect()
}

/// Returns the word of GitHub for what is done with a pull request.
pub(super) fn in_one_word(action: &str) -> &str {
    match action {
        "open" => "opened",
        "reopen" => "reopened",
        "update" | "synchronized" => "synchronize",
        "close" => "closed",
        other => other,
    }
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
