//! Drafts: definitions that somebody is writing, kept until they are published.
//!
//! A draft belongs to one person; what others write of the same workflow is only told. Its text need
//! not be valid, nor even be JSON or YAML. **Invariant:** what was saved is not lost: a save names
//! the one it follows, and earlier texts stay as revisions for a while.

mod look;
mod publish;
mod record;
mod run;
mod save;
mod view;

pub use self::look::{LookAt, Looked};
pub(crate) use self::publish::one_pipeline;
pub use self::publish::{PublishDraft, PublishedDraft};
use self::record::{Draft, Place};
pub use self::run::RunDraft;
pub(crate) use self::run::TRIAL_PREFIX;
pub use self::save::{DraftRevision, DraftRevisions, DraftText, SaveDraft};
pub use self::view::{DraftItem, DraftList, DraftView, OtherDraft};

use std::sync::Arc;

use compasso_store::Expected;
use compasso_types::Arn;
use compasso_types::limits::NAME_CHARS_MAX;
use serde::Deserialize;

use crate::arns::MachineArn;
use crate::constraints::Constraints;
use crate::definitions::reference;
use crate::records::{Machine, MachineType};
use crate::shelf::{Change, Shelf, delete, interpret, put};
use crate::{Caller, Error, Service};

/// Most drafts of an account in a region.
const DRAFTS_MAX: usize = 1_000;

/// Who writes, and where.
#[derive(Clone, Debug)]
pub struct Author {
    /// Whose workflows it is about.
    pub caller: Caller,
    /// Their name.
    pub name: Arc<str>,
}

/// A draft to be: of a workflow, or of something new.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenDraft {
    /// The ARN of the workflow that is to be changed.
    pub of: Option<String>,
    /// `STANDARD`, `EXPRESS` or `PIPELINE`, of something new.
    pub kind: Option<String>,
    /// What the new one is called.
    pub name: Option<Arc<str>>,
    /// What it begins with.
    pub text: Option<Arc<str>>,
}

impl Service {
    /// Opens a draft: the one that the author has of a workflow, or a new one.
    ///
    /// # Errors
    /// There is no such workflow, or there are too many drafts.
    pub async fn open_draft(
        &self,
        author: &Author,
        request: OpenDraft,
    ) -> Result<DraftView, Error> {
        let all = self.drafts(author).await?;
        let (draft, text) = match &request.of {
            Some(of) => {
                let is_own = |draft: &Draft| {
                    draft.by == author.name && draft.of.as_deref() == Some(of.as_str())
                };
                if let Some((id, _)) = all.iter().find(|(_, draft)| is_own(draft)) {
                    return self.draft(author, id).await;
                }
                self.draft_of(author, of).await?
            }
            None => self.new_draft(author, &request)?,
        };
        if all.len() >= DRAFTS_MAX {
            return Err(Error::ServiceQuotaExceeded("There are too many drafts"));
        }
        let place = Place::new(author, &self.new_id());
        let changes = vec![
            put(&place.key(), Expected::Absent, &draft),
            put(&place.text_key(draft.latest().number), Expected::Absent, &record::Text { text }),
        ];
        match interpret(self.runtime.write(changes).await)? {
            Change::Done => self.draft(author, place.id()).await,
            Change::Overtaken => Err(Error::Overtaken { arn: place.key() }),
        }
    }

    /// Forgets a draft and all of its revisions.
    ///
    /// # Errors
    /// The author has none of this id.
    pub async fn delete_draft(&self, author: &Author, id: &str) -> Result<(), Error> {
        let (place, stored) = self.stored_draft(author, id).await?;
        let texts = stored.value.kept.iter().map(|kept| place.text_key(kept.number));
        let mut changes: Vec<_> = texts.map(|key| delete::<record::Text>(&key)).collect();
        changes.push(delete::<Draft>(&place.key()));
        interpret(self.runtime.write(changes).await).map(drop)
    }

    /// Makes the draft of a workflow that is there.
    async fn draft_of(&self, author: &Author, of: &str) -> Result<(Draft, Arc<str>), Error> {
        let arn = MachineArn::of_workflow("of", of)?.machine()?;
        let machine = self.lasting_machine(&arn).await?.value;
        let present = self.compiled(&reference(arn.as_str(), &machine.revision)).await?;
        let text = present.revision.definition.clone();
        let Machine { kind, name, revision, .. } = &*machine;
        let draft = Draft {
            of: Some(of.into()),
            base: Some(revision.clone()),
            ..Draft::begin(author, *kind, name.clone(), text.len(), self.now())
        };
        Ok((draft, text))
    }

    fn new_draft(&self, author: &Author, request: &OpenDraft) -> Result<(Draft, Arc<str>), Error> {
        const KINDS: [&str; 3] = ["STANDARD", "EXPRESS", "PIPELINE"];
        let text = request.text.clone().unwrap_or_default();
        let name = request.name.clone().unwrap_or_default();
        record::bounds(&name, &text).one_of("kind", request.kind.as_deref(), &KINDS).check()?;
        let kind = match request.kind.as_deref() {
            Some("PIPELINE") => MachineType::Pipeline,
            other => MachineType::from_name(other),
        };
        let draft = Draft::begin(author, kind, name, text.len(), self.now());
        Ok((draft, text))
    }

    /// Returns the names of the revisions of a workflow that drafts began with.
    pub(crate) async fn bases_of_drafts(&self, workflow: &Arn) -> Result<Vec<Arc<str>>, Error> {
        let (account, region) = (workflow.account().into(), workflow.region().into());
        let caller = Caller { account, region };
        let all = self.drafts(&Author { caller, name: "".into() }).await?;
        let of_it = all.iter().filter(|(_, draft)| draft.of.as_deref() == Some(workflow.as_str()));
        Ok(of_it.filter_map(|(_, draft)| draft.base.clone()).collect())
    }

    /// Returns the drafts of an account and region, by their ids.
    async fn drafts(&self, author: &Author) -> Result<Vec<(String, Arc<Draft>)>, Error> {
        let prefix = Place::new(author, "").key();
        let found = Shelf::<Draft>::list(&self.runtime, &prefix, None, DRAFTS_MAX).await?;
        let id = |key: &str| key[prefix.len()..].to_owned();
        Ok(found.into_iter().map(|(key, draft)| (id(&key), draft)).collect())
    }
}

/// Demands a name that a workflow can have, so that it can be published.
fn check_publishable(name: &str) -> Result<(), Error> {
    Constraints::default().chars("name", name, 1..=NAME_CHARS_MAX).check()?;
    crate::arns::check_name(name)
}
