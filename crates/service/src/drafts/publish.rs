//! Publishing drafts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::record::Draft;
use super::{Author, check_publishable};
use crate::arns::MachineArn;
use crate::publications::Publications;
use crate::records::{Machine, MachineType};
use crate::{CreateStateMachine, Error, PushPipelines, Service, UpdateStateMachine};

/// What goes with a publication.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishDraft {
    /// How often the draft was saved: what is published is what was seen.
    pub saves: u64,
    /// What is new, for people.
    pub message: Option<Arc<str>>,
}

/// What a draft became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishedDraft {
    /// The ARN of the workflow.
    pub id: String,
    /// Its name.
    pub name: Arc<str>,
    /// The number of the version, if one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

impl Service {
    /// Makes the text of a draft a version of its workflow, or a new workflow, and forgets the draft.
    ///
    /// # Errors
    /// The author has none of this id, it was saved elsewhere or its workflow changed meanwhile, or
    /// the text is not valid.
    pub async fn publish_draft(
        &self,
        author: &Author,
        id: &str,
        request: PublishDraft,
    ) -> Result<PublishedDraft, Error> {
        let (place, stored) = self.stored_draft(author, id).await?;
        let draft = &*stored.value;
        if draft.saves != request.saves {
            let message = "The draft was saved elsewhere meanwhile; load it again";
            return Err(Error::Conflict(message.to_owned()));
        }
        if self.draft(author, id).await?.present.is_some() {
            let message =
                "The workflow was changed since the draft was begun; take those changes first";
            return Err(Error::Conflict(message.to_owned()));
        }
        let text = self.draft_text(&place, draft.latest().number).await?;
        let published = match draft.kind {
            MachineType::Pipeline => {
                self.publish_pipeline_draft(author, draft, text, request).await?
            }
            MachineType::Standard | MachineType::Express => {
                self.publish_machine(author, draft, text, request).await?
            }
        };
        self.delete_draft(author, id).await?;
        Ok(published)
    }

    async fn publish_pipeline_draft(
        &self,
        author: &Author,
        draft: &Draft,
        text: Arc<str>,
        request: PublishDraft,
    ) -> Result<PublishedDraft, Error> {
        let push = PushPipelines {
            text,
            description: request.message,
            author: Some(author.name.clone()),
            ..PushPipelines::default()
        };
        if draft.of.is_none() {
            self.check_new(author, &push).await?;
        }
        let pushed = self.push_pipelines(&author.caller, push).await?;
        let [only] = &pushed[..] else { return Err(one_pipeline()) };
        let (id, name, version) = (only.id.clone(), only.name.clone(), Some(only.version));
        Ok(PublishedDraft { id, name, version })
    }

    /// Demands that a new pipeline takes the place of no other.
    async fn check_new(&self, author: &Author, push: &PushPipelines) -> Result<(), Error> {
        let check = PushPipelines { is_check: true, ..push.clone() };
        let would = self.push_pipelines(&author.caller, check).await?;
        let [only] = &would[..] else { return Err(one_pipeline()) };
        if only.change != "created" {
            let name = &only.name;
            let message =
                format!("There is a pipeline '{name}' already; open that one, or use another name");
            return Err(Error::Conflict(message));
        }
        Ok(())
    }

    async fn publish_machine(
        &self,
        author: &Author,
        draft: &Draft,
        definition: Arc<str>,
        request: PublishDraft,
    ) -> Result<PublishedDraft, Error> {
        let description = request.message.map(|message| message.to_string());
        let (id, version) = if let Some(of) = &draft.of {
            let update = UpdateStateMachine {
                state_machine_arn: of.to_string(),
                definition: Some(definition),
                publish: Some(true),
                version_description: description,
                ..UpdateStateMachine::default()
            };
            let updated = self.update_state_machine(update).await?;
            (of.to_string(), updated.state_machine_version_arn)
        } else {
            check_publishable(&draft.name)?;
            let create = CreateStateMachine {
                name: draft.name.to_string(),
                definition,
                role_arn: format!("arn:aws:iam::{}:role/compasso", author.caller.account).into(),
                kind: Some(draft.kind.name().to_owned()),
                publish: Some(true),
                version_description: description,
                ..CreateStateMachine::default()
            };
            let created = self.create_state_machine(&author.caller, create).await?;
            (created.state_machine_arn, created.state_machine_version_arn)
        };
        let version: Option<u64> = version.and_then(|arn| arn.rsplit(':').next()?.parse().ok());
        if let Some(number) = version {
            let arn = MachineArn::parse("id", &id)?.machine()?;
            let note = |publications: &mut Publications, _: &Machine| {
                publications.note_author(number, &author.name);
                Ok(())
            };
            self.edit_publications(&arn, note).await?;
        }
        Ok(PublishedDraft { id, name: draft.name.clone(), version })
    }
}

/// Refuses a text of several pipelines.
pub(crate) fn one_pipeline() -> Error {
    Error::validation("A draft is one pipeline; push files of several with 'compasso push'")
}
