//! Definitions: compiled once, found again by their revision.

use std::fmt::Display;
use std::sync::Arc;

use compasso_asl::{Analysis, Diagnostic, Severity};
use compasso_ir::{Definition, StateId};
use compasso_pipeline::Pipeline;
use compasso_runtime::{DefinitionError, DefinitionRef, Definitions};
use compasso_types::Json;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::records::{Machine, MachineType, Revision, Settings};
use crate::shelf::read_once;
use crate::{Error, Service};

/// A revision of a state machine, ready to run.
pub(crate) struct Compiled {
    pub(crate) revision: Revision,
    pub(crate) definition: Arc<Definition>,
    /// What its text says, if it is a pipeline's.
    pub(crate) pipeline: Option<Arc<Pipeline>>,
}

impl Compiled {
    /// Returns its settings. Revisions that an older release stored have none of their own: theirs
    /// are the state machine's.
    pub(crate) fn settings<'a>(&'a self, machine: Option<&'a Machine>) -> Option<&'a Settings> {
        self.revision.settings.as_ref().or(machine.map(|machine| &machine.settings))
    }
}

impl Service {
    /// Returns a stored revision, or the part of one that the children of a distributed Map run.
    pub(crate) async fn compiled(&self, reference: &DefinitionRef) -> Result<Arc<Compiled>, Error> {
        let key = &*reference.0;
        let generation = match self.inner.compiled.get(key) {
            Ok(compiled) => return Ok(compiled),
            Err(generation) => generation,
        };
        let (compiled, bytes) = match reference.map_of_children() {
            Some((whole, map)) => self.compiled_children(whole, map).await?,
            None => self.compiled_whole(key).await?,
        };
        let compiled = Arc::new(compiled);
        self.inner.compiled.add(generation, key, compiled.clone(), bytes);
        Ok(compiled)
    }

    /// Reads and compiles a revision; returns also about how large it is.
    async fn compiled_whole(&self, key: &str) -> Result<(Compiled, usize), Error> {
        let revision = read_once::<Revision>(&self.runtime, key)
            .await?
            .ok_or_else(|| Error::Internal(format!("definition {key} is not stored")))?;
        let unusable = |why| Error::Internal(format!("definition {key} cannot be used: {why}"));
        let (definition, pipeline) = match revision.kind {
            MachineType::Standard | MachineType::Express => {
                let Analysis { definition, diagnostics } =
                    analyse(revision.definition.clone(), revision.kind).await?;
                let definition = definition.ok_or_else(|| unusable(errors_of(&diagnostics)));
                (definition?, None)
            }
            MachineType::Pipeline => {
                let text = revision.definition.clone();
                let read = pipelines_of(text, |text| {
                    compasso_pipeline::compile_stored(text, compasso_triggers::check)
                });
                let read = read.await?;
                let found = read.map_err(|problems| unusable(errors_of(&problems)))?.pipelines;
                let only =
                    found.into_iter().next().ok_or_else(|| unusable("it is empty".into()))?;
                (only.definition, Some(only.pipeline))
            }
        };
        let bytes = revision.definition.len();
        Ok((Compiled { revision, definition, pipeline }, bytes))
    }

    /// Returns the part of a stored revision that the children of a distributed Map run.
    async fn compiled_children(&self, whole: &str, map: &str) -> Result<(Compiled, usize), Error> {
        let whole = Box::pin(self.compiled(&DefinitionRef(whole.into()))).await?;
        let missing = || Error::Internal(format!("the definition has no distributed Map {map}"));
        let mut definition = whole.definition.of_children(map).ok_or_else(missing)?;
        let text = &whole.revision.definition;
        let part = compasso_asl::children_of(text, map).ok_or_else(missing)?;
        definition.variable_references.retain(|state, _| part.states.contains(state));
        let revision = Revision { definition: part.text.into(), ..whole.revision.clone() };
        let compiled = Compiled { revision, definition: Arc::new(definition), pipeline: None };
        // It has the states of the whole.
        Ok((compiled, text.len()))
    }
}

impl Definitions for Service {
    fn load<'a>(
        &'a self,
        reference: &'a DefinitionRef,
    ) -> BoxFuture<'a, Result<Arc<Definition>, DefinitionError>> {
        async move {
            let compiled = self.compiled(reference).await.map_err(|error| match error {
                Error::Internal(why) => DefinitionError::Unusable(why),
                other => DefinitionError::Unavailable(other.to_string()),
            })?;
            Ok(compiled.definition.clone())
        }
        .boxed()
    }

    fn has_activity<'a>(&'a self, arn: &'a str) -> BoxFuture<'a, bool> {
        async move {
            let found = self.inner.activities.get(&self.runtime, arn).await;
            !matches!(found, Ok(None))
        }
        .boxed()
    }
}

/// Returns the name of a revision.
pub(crate) fn reference(machine: &str, revision: &str) -> DefinitionRef {
    DefinitionRef(format!("{machine}#{revision}").into())
}

/// Compiles a definition from a request.
pub(crate) async fn check(text: &Arc<str>, kind: MachineType) -> Result<(), Error> {
    accepted(analyse(text.clone(), kind).await?).map(drop)
}

/// Compiles a Standard definition from a request.
pub(crate) async fn compiled_machine(text: &Arc<str>) -> Result<Arc<Definition>, Error> {
    accepted(analyse(text.clone(), MachineType::Standard).await?)
}

/// Compiles the definition of one state from a request.
pub(crate) async fn compiled_state(text: Arc<str>) -> Result<(Arc<Definition>, StateId), Error> {
    let (analysis, id) = compiling(move || compasso_asl::compile_state(&text)).await?;
    let definition = accepted(analysis)?;
    let id = id.ok_or_else(|| Error::Internal("a compiled state has no place".into()))?;
    Ok((definition, id))
}

/// Demands that a definition has no error.
fn accepted(analysis: Analysis) -> Result<Arc<Definition>, Error> {
    let is_valid = analysis.is_valid();
    let Analysis { definition, diagnostics } = analysis;
    let definition = definition.filter(|_| is_valid);
    definition.ok_or_else(|| Error::InvalidDefinition(errors_of(&diagnostics)))
}

fn errors_of<C: Display>(diagnostics: &[Diagnostic<C>]) -> String {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error);
    errors.map(sentence).collect::<Vec<_>>().join(", ")
}

/// The pipelines of a text, ready to run.
pub(crate) struct ReadPipelines {
    pub(crate) pipelines: Vec<ReadPipeline>,
    /// What is not wrong, but perhaps not meant.
    pub(crate) warnings: Vec<compasso_pipeline::Diagnostic>,
}

/// A pipeline, ready to run.
pub(crate) struct ReadPipeline {
    /// Its own document.
    pub(crate) text: Arc<str>,
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) definition: Arc<Definition>,
}

/// Reads and compiles all pipelines of a text; the inner error is everything that is wrong.
pub(crate) async fn read_pipelines(
    text: Arc<str>,
) -> Result<Result<ReadPipelines, Vec<compasso_pipeline::Diagnostic>>, Error> {
    pipelines_of(text, |text| compasso_pipeline::compile_all(text, compasso_triggers::check)).await
}

async fn pipelines_of(
    text: Arc<str>,
    compile: impl FnOnce(&str) -> compasso_pipeline::Compiled + Send + 'static,
) -> Result<Result<ReadPipelines, Vec<compasso_pipeline::Diagnostic>>, Error> {
    compiling(move || {
        let compiled = compile(&text);
        if compiled.has_errors() {
            return Err(compiled.diagnostics);
        }
        let documents = compasso_pipeline::documents(&text).into_iter();
        let both = compiled.pipelines.into_iter().zip(compiled.definitions);
        let read = documents.zip(both).map(|(document, (pipeline, definition))| ReadPipeline {
            text: document.into(),
            pipeline: Arc::new(pipeline),
            definition,
        });
        Ok(ReadPipelines { pipelines: read.collect(), warnings: compiled.diagnostics })
    })
    .await
}

/// Draws the first pipeline of a text, as far as it could be read.
pub(crate) async fn drawn_pipeline(text: Arc<str>) -> Result<Option<Json>, Error> {
    compiling(move || {
        compasso_pipeline::parse(&text).pipelines.first().map(compasso_pipeline::graph)
    })
    .await
}

/// Reads a definition.
pub(crate) async fn analyse(text: Arc<str>, kind: MachineType) -> Result<Analysis, Error> {
    compiling(move || compasso_asl::compile(&text, kind.into())).await
}

/// Compiles on a thread where it may take its time.
pub(crate) async fn compiling<T: Send + 'static>(
    compile: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(compile).await.map_err(|error| {
        let why = format!("compiler failed: {error}");
        // What is cancelled because the process ends can be compiled by the next one.
        if error.is_cancelled() { Error::Unavailable(why) } else { Error::Internal(why) }
    })
}

fn sentence<C: Display>(diagnostic: &Diagnostic<C>) -> String {
    let (code, message) = (&diagnostic.code, &diagnostic.message);
    // A problem of the whole is "at null": so it was seen on AWS.
    let location = diagnostic.location.as_deref().unwrap_or("null");
    format!("{code}: {message} at {location}")
}
