//! Pushing pipelines: all of a text, or none.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_store::{DocumentChange, Expected};
use compasso_triggers::shared_path;
use compasso_types::{Arn, Timestamp, hex};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{PipelineComparison, PipelineNews, PipelineProblem};
use crate::arns::PIPELINE;
use crate::constraints::Constraints;
use crate::definitions::{ReadPipeline, ReadPipelines, read_pipelines, reference};
use crate::publications::{Origin, Publications};
use crate::records::{Machine, MachineType, Revision, Settings};
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, Stored, put};
use crate::{Caller, Error, Service};

/// Longest description, author, commit or repository of a version, characters.
const ORIGIN_CHARS_MAX: usize = 256;
/// Most pipelines of one text: they are written together.
const PIPELINES_MAX: usize = 100;

/// Pipelines to be, or to be changed.
#[derive(Clone, Debug, Default)]
pub struct PushPipelines {
    /// YAML, one pipeline a document.
    pub text: Arc<str>,
    /// What is new, for people.
    pub description: Option<Arc<str>>,
    /// Who wrote it.
    pub author: Option<Arc<str>>,
    /// The commit it is part of.
    pub commit: Option<Arc<str>>,
    /// The repository that has the commit.
    pub repository: Option<Arc<str>>,
    /// Only says what would change.
    pub is_check: bool,
}

/// What became of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PushedPipeline {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: Arc<str>,
    /// The number of its present version.
    pub version: u64,
    /// `created`, `updated` or `unchanged`.
    pub change: &'static str,
    /// The digest of its text, in hexadecimal digits.
    pub sha256: Arc<str>,
    /// What differs from the version before, if that is only asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<PipelineComparison>,
    /// What is not wrong, but perhaps not meant: of the whole text, with the first pipeline.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<PipelineProblem>,
}

impl Service {
    /// Stores the pipelines of a text. Content that is new becomes a new version; pushing the same
    /// again changes nothing.
    ///
    /// # Errors
    /// Something in the text is wrong: all of it is told with its places, and nothing is stored.
    pub async fn push_pipelines(
        &self,
        caller: &Caller,
        request: PushPipelines,
    ) -> Result<Vec<PushedPipeline>, Error> {
        request.check()?;
        let read = read_pipelines(request.text.clone()).await?;
        let read = read.map_err(|problems| {
            Error::InvalidPipeline(problems.into_iter().map(Into::into).collect())
        })?;
        if read.pipelines.len() > PIPELINES_MAX {
            let message = format!("There can be at most {PIPELINES_MAX} pipelines in one push");
            return Err(Error::validation(message));
        }
        check_paths_among(&read.pipelines)?;
        let _alone = self.inner.pushing.lock().await;
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            if let Some(pushed) = self.try_push(caller, &request, &read).await? {
                return Ok(pushed);
            }
        }
        Err(Error::Overtaken { arn: "pipelines".into() })
    }

    /// Demands that no other pipeline listens where this one wants to: both would get nothing.
    fn check_paths(&self, arn: &Arn, one: &ReadPipeline) -> Result<(), Error> {
        let taken = self.inner.triggers.taken_path(arn.as_str(), &one.pipeline);
        let Some((path, other)) = taken else { return Ok(()) };
        let other = other.parse::<Arn>().ok().filter(|other| other.account() == arn.account());
        let whose = other.map_or_else(
            || "a pipeline of another account".to_owned(),
            |other| format!("the pipeline {}", other.as_str()),
        );
        Err(Error::Conflict(format!("/hooks{path} is taken by {whose}; use another path")))
    }

    async fn try_push(
        &self,
        caller: &Caller,
        request: &PushPipelines,
        read: &ReadPipelines,
    ) -> Result<Option<Vec<PushedPipeline>>, Error> {
        let (mut changes, mut keys, mut pushed) = (Vec::new(), Vec::new(), Vec::new());
        for one in &read.pipelines {
            let arn = Arn::new(&caller.region, &caller.account, PIPELINE, &one.pipeline.name);
            let change = self.change_of(&arn, request, one).await?;
            if !change.changes.is_empty() {
                self.check_paths(&arn, one)?;
                keys.push(arn.as_str().to_owned());
            }
            changes.extend(change.changes);
            pushed.push(change.pushed);
        }
        if let Some(first) = pushed.first_mut() {
            first.warnings = read.warnings.iter().cloned().map(Into::into).collect();
            let pipelines: Vec<_> = read.pipelines.iter().map(|one| &*one.pipeline).collect();
            let of_starts = self.check_upstream(caller, &request.text, pipelines.iter().copied());
            first.warnings.extend(of_starts);
            first.warnings.extend(self.check_calls(caller, &request.text, &pipelines).await?);
            first.warnings.extend(self.unknown_names(caller, &request.text, &pipelines).await?);
        }
        if request.is_check || changes.is_empty() {
            return Ok(Some(pushed));
        }
        if self.change_all(keys.clone(), changes).await? == Change::Overtaken {
            return Ok(None);
        }
        for key in keys {
            // Before it is answered, so that a webhook can be called at once.
            self.follow_triggers(&key).await?;
            self.tell_of_pipeline(&key, PipelineNews::Pushed);
        }
        Ok(Some(pushed))
    }

    /// Says what is to be written for one pipeline.
    async fn change_of(
        &self,
        arn: &Arn,
        request: &PushPipelines,
        one: &ReadPipeline,
    ) -> Result<PipelineWrite, Error> {
        let sha256 = digest(&one.text);
        let labels: BTreeMap<_, _> = one.pipeline.labels.iter().cloned().collect();
        let found = self.machine_if_any(arn).await?;
        let present = found.as_ref().map(|stored| stored.value.clone());
        let (mut publications, expected) = self.publications(arn).await?;
        let (change, expected_machine, mut machine) = match found {
            None => {
                self.check_room_for_machine().await?;
                ("created", Expected::Absent, self.new_pipeline(one))
            }
            Some(stored) if stored.value.deleting => {
                return Err(Error::StateMachineDeleting { arn: arn.as_str().to_owned() });
            }
            Some(Stored { value, revision }) => {
                let present = publications.of_revision(&value.revision);
                if let Some(version) = present
                    && version.origin.sha256.as_ref() == Some(&sha256)
                {
                    let pushed = pushed(arn, &value, version.number, "unchanged", sha256);
                    let mut changes = Vec::new();
                    if value.labels != labels {
                        // An earlier release stored none.
                        let machine = Machine { labels, ..Machine::clone(&value) };
                        changes.push(put(arn.as_str(), Expected::Revision(revision), &machine));
                    }
                    return Ok(PipelineWrite { changes, pushed });
                }
                ("updated", Expected::Revision(revision), Machine::clone(&value))
            }
        };
        let now = self.now();
        let revision_id: Arc<str> = self.new_id().into();
        machine.revision = revision_id.clone();
        machine.labels = labels;
        let origin = request.origin(sha256.clone());
        let version = publications.publish_pipeline(
            &revision_id,
            request.description.clone(),
            origin,
            now,
        )?;
        let mut pushed = pushed(arn, &machine, version, change, sha256);
        if request.is_check {
            pushed.changes = Some(self.comparison(arn, present.as_deref(), one).await?);
        }
        let key = arn.as_str();
        let revision = revision(one, revision_id, now);
        let changes = vec![
            put(&reference(key, &machine.revision).0, Expected::Absent, &revision),
            put(key, expected, &publications),
            put(key, expected_machine, &machine),
        ];
        Ok(PipelineWrite { changes, pushed })
    }

    fn new_pipeline(&self, one: &ReadPipeline) -> Machine {
        Machine {
            name: one.pipeline.name.clone(),
            kind: MachineType::Pipeline,
            created: self.now(),
            revision: "".into(),
            settings: Settings::default(),
            tags: Vec::new(),
            incarnation: Some(self.new_id().into()),
            deleting: false,
            published: None,
            paused: None,
            search_attributes: BTreeMap::new(),
            labels: BTreeMap::new(),
        }
    }
}

/// Demands that no two pipelines of a push want to listen at one path.
fn check_paths_among(pipelines: &[ReadPipeline]) -> Result<(), Error> {
    for (at, one) in pipelines.iter().enumerate() {
        for other in &pipelines[..at] {
            if let Some(path) = shared_path(&one.pipeline, &other.pipeline) {
                let (one, other) = (&one.pipeline.name, &other.pipeline.name);
                let message =
                    format!("/hooks{path} is wanted by '{other}' and by '{one}'; use another path");
                return Err(Error::Conflict(message));
            }
        }
    }
    Ok(())
}

/// What a push writes for one pipeline.
struct PipelineWrite {
    changes: Vec<DocumentChange>,
    pushed: PushedPipeline,
}

impl PushPipelines {
    fn check(&self) -> Result<(), Error> {
        let most = 0..=ORIGIN_CHARS_MAX;
        Constraints::default()
            .chars_if("description", self.description.as_deref(), most.clone())
            .chars_if("author", self.author.as_deref(), most.clone())
            .chars_if("commit", self.commit.as_deref(), most.clone())
            .chars_if("repository", self.repository.as_deref(), most)
            .check()
    }

    fn origin(&self, sha256: Arc<str>) -> Origin {
        let Self { author, commit, repository, .. } = self.clone();
        Origin { sha256: Some(sha256), author, commit, repository }
    }
}

impl Publications {
    /// Publishes a revision of a pipeline and returns its number. The oldest version that no alias
    /// refers to makes room, where there is none: its runs keep their revision.
    fn publish_pipeline(
        &mut self,
        revision: &Arc<str>,
        description: Option<Arc<str>>,
        origin: Origin,
        now: Timestamp,
    ) -> Result<u64, Error> {
        self.make_room();
        Ok(self.publish_of(revision, description, origin, now)?.number)
    }
}

/// Makes the revision of a pipeline that was read.
pub(super) fn revision(one: &ReadPipeline, id: Arc<str>, now: Timestamp) -> Revision {
    Revision {
        definition: one.text.clone(),
        role: "".into(),
        kind: MachineType::Pipeline,
        created: now,
        id: Some(id),
        settings: Some(Settings::default()),
    }
}

fn pushed(
    arn: &Arn,
    machine: &Machine,
    version: u64,
    change: &'static str,
    sha256: Arc<str>,
) -> PushedPipeline {
    let (id, name) = (arn.as_str().to_owned(), machine.name.clone());
    PushedPipeline { id, name, version, change, sha256, changes: None, warnings: Vec::new() }
}

fn digest(text: &str) -> Arc<str> {
    hex(&Sha256::digest(text)).into()
}
