//! Trial runs of drafts: executions of a text that is no version yet.

use std::sync::Arc;

use compasso_store::Expected;
use compasso_types::Arn;
use serde::Deserialize;

use super::Author;
use super::record::Draft;
use crate::definitions::{check, read_pipelines, reference};
use crate::executions::{Order, parse_input};
use crate::records::{MachineType, Revision};
use crate::shelf::{Change, interpret, put};
use crate::targets::Target;
use crate::{Error, Service, StartPipeline};

/// What the names of trial runs begin with.
const NAME_PREFIX: &str = "draft-";
/// What the names of their revisions begin with, so that none is taken for a version.
pub(crate) const TRIAL_PREFIX: &str = "draft-";

/// A trial run to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunDraft {
    /// How often the draft was saved: what runs is what was seen.
    pub saves: u64,
    /// JSON text; `{}` if absent. Of a pipeline, its params.
    pub input: Option<String>,
    /// The state, or the task by its path, that it is run up to.
    pub until: Option<String>,
}

impl Service {
    /// Runs the text of a draft as an execution of its workflow, which itself stays as it is, and
    /// returns the execution's ARN. Its name begins with `draft-`.
    ///
    /// # Errors
    /// The text is not valid, the workflow is new, the draft was saved elsewhere meanwhile, or there
    /// is no way to the step that it is to be run up to.
    pub async fn run_draft(
        &self,
        author: &Author,
        id: &str,
        request: RunDraft,
    ) -> Result<Arc<str>, Error> {
        let (place, stored) = self.stored_draft(author, id).await?;
        let draft = &*stored.value;
        if draft.saves != request.saves {
            let message = "The draft was saved elsewhere meanwhile; load it again";
            return Err(Error::Conflict(message.to_owned()));
        }
        let message = "A new workflow can be run once it is published";
        let of = draft.of.as_deref().ok_or_else(|| Error::validation(message))?;
        let text = self.draft_text(&place, draft.latest().number).await?;
        let text = match &request.until {
            Some(step) => up_to(text, draft.kind, step).await?,
            None => text,
        };
        let name = format!("{NAME_PREFIX}{}", self.new_id());
        if draft.kind == MachineType::Pipeline {
            return self.try_pipeline_draft(author, of, text, name, request.input).await;
        }
        check(&text, draft.kind).await?;
        let target = self.trial_target(of, draft, text).await?;
        let input = parse_input(request.input)?;
        let order = Order { machine: of, name: &name, input, trace_header: None, parent: None };
        let (kind, order) = self.order_of(target, None, order).await?;
        // Its name is new, so no other can be meant.
        Ok(self.launch(kind, order, |_, _| false).await?.execution_arn)
    }

    async fn try_pipeline_draft(
        &self,
        author: &Author,
        of: &str,
        text: Arc<str>,
        name: String,
        params: Option<String>,
    ) -> Result<Arc<str>, Error> {
        let revision = format!("{TRIAL_PREFIX}{}", self.new_id()).into();
        let request = StartPipeline {
            name: Some(name),
            by: Some(author.name.clone()),
            params: parse_input(params)?.value().clone(),
            ..StartPipeline::of(of)
        };
        Ok(self.try_pipeline(&author.caller, text, revision, request).await?.id)
    }

    /// Stores the text beside the revisions of its workflow, and aims at it.
    async fn trial_target(
        &self,
        of: &str,
        draft: &Draft,
        definition: Arc<str>,
    ) -> Result<Target, Error> {
        let arn: Arn = of.parse().map_err(|_| Error::InvalidArn(of.to_owned()))?;
        let machine = self.lasting_machine(&arn).await?;
        let present = self.present_revision(&arn, &machine.value).await?;
        let name: Arc<str> = format!("{TRIAL_PREFIX}{}", self.new_id()).into();
        let revision = Revision {
            definition,
            role: present.revision.role.clone(),
            kind: draft.kind,
            created: self.now(),
            id: Some(name.clone()),
            settings: Some(machine.value.settings.clone()),
        };
        let definition = reference(of, &name);
        let change = put(&definition.0, Expected::Absent, &revision);
        match interpret(self.runtime.write(vec![change]).await)? {
            Change::Done => Ok(Target { arn, machine, definition, version: None, alias: None }),
            Change::Overtaken => Err(Error::Overtaken { arn: of.to_owned() }),
        }
    }
}

/// Returns a text as it ends with a step. One that is not valid stays as it is, to be refused as a
/// whole.
async fn up_to(text: Arc<str>, kind: MachineType, step: &str) -> Result<Arc<str>, Error> {
    let cut = match kind {
        MachineType::Pipeline if read_pipelines(text.clone()).await?.is_err() => return Ok(text),
        MachineType::Pipeline => compasso_pipeline::up_to(&text, step),
        MachineType::Standard => {
            check(&text, kind).await?;
            compasso_asl::up_to(&text, step)
        }
        MachineType::Express => {
            let message = "An Express execution leaves nothing of its states to look at; test them one by one";
            return Err(Error::validation(message));
        }
    };
    let message = || format!("The draft has no step '{step}' that its beginning leads to");
    cut.map(Into::into).ok_or_else(|| Error::validation(message()))
}
