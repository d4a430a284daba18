//! Running a pipeline of a file to its end, in this process.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use compasso_pipeline::{Code, Pipeline};
use compasso_service::{
    Caller, PipelineProblem, PushPipelines, PushedPipeline, StartPipeline, Viewer,
};
use compasso_store::ExecutionKey;
use compasso_types::{Json, Object};
use serde_json::json;

use super::waits::Waits;
use super::{Run, begin, end, follow};
use crate::commands::push::read_definition;
use crate::commands::{compensate, tasks};
use crate::{diagnostics, output};

/// Runs a pipeline; the exit code tells how it ended.
pub(super) async fn run(order: Run, config: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    if order.mocks.is_some() {
        bail!("--mocks are for definitions in Amazon States Language");
    }
    let text = read_definition(&order.file)?;
    let pipelines = diagnostics::check_pipelines(&order.file, &text)?;
    let pipeline = choose(&order, &pipelines)?;
    let params = params(&order, pipeline)?;
    let secrets = secrets(&order)?;
    let (engine, url) = begin(&order, config).await?;
    let (caller, service) = (Caller::default(), &engine.service);
    for (name, value) in secrets {
        service.set_secret(&caller.account, name, &value).await?;
    }
    let push = PushPipelines { text: text.into(), ..PushPipelines::default() };
    let pushed = service.push_pipelines(&caller, push).await?;
    tell_missing(&pushed);
    // What happens is shown as it happens, so there is a history of an express run as well.
    let of_pipeline = StartPipeline::of(&*pipeline.name);
    let start = StartPipeline { name: order.name, params, durably: true, ..of_pipeline };
    let key = ExecutionKey(service.start_pipeline(&caller, start).await?.id);
    let waits = (!json).then(|| Waits::new(&key, &url));
    follow(&engine, &key, super::Progress::of_pipeline(json), waits).await?;
    if !json && let Ok(tasks) = service.run_tasks(&Viewer::default(), &key.0, None).await {
        tasks::note_failed(serde_json::to_value(tasks)?["items"].as_array().map_or(&[], |it| it));
    }
    if !json && let Ok(view) = service.run_view(&Viewer::default(), &key.0).await {
        compensate::note_incomplete(&serde_json::to_value(view.run.compensation)?);
    }
    end(engine, &key, json).await
}

/// Tells what the pipelines name that this engine has not.
fn tell_missing(pushed: &[PushedPipeline]) {
    for warning in pushed.iter().flat_map(|pushed| &pushed.warnings) {
        let PipelineProblem { line, column, code, message, suggestion, .. } = warning;
        let way_out = match suggestion {
            _ if *code == Code::NoSecret.name() => {
                " (--secret NAME takes it from the environment)".into()
            }
            Some(way) => format!(" ({way})"),
            None => String::new(),
        };
        output::note(&format!("{line}:{column}: warning[{code}]: {message}{way_out}"));
    }
}

/// Reads the secrets that are named from the environment.
fn secrets(order: &Run) -> anyhow::Result<Vec<(&str, String)>> {
    let read = |name: &String| {
        std::env::var(name).with_context(|| {
            format!("--secret {name}: there is no variable {name} in the environment")
        })
    };
    order.secrets.iter().map(|name| Ok((&**name, read(name)?))).collect()
}

fn choose<'p>(order: &Run, pipelines: &'p [Pipeline]) -> anyhow::Result<&'p Pipeline> {
    let names: Vec<_> = pipelines.iter().map(|pipeline| &*pipeline.name).collect();
    let (file, all) = (order.file.display(), names.join(", "));
    match (&order.pipeline, pipelines) {
        (Some(name), _) => match pipelines.iter().find(|pipeline| *pipeline.name == **name) {
            Some(pipeline) => Ok(pipeline),
            None => bail!("{file} has no pipeline {name}; there is {all}"),
        },
        (None, [only]) => Ok(only),
        (None, _) => bail!("{file} has several pipelines: choose one with --pipeline: {all}"),
    }
}

fn params(order: &Run, pipeline: &Pipeline) -> anyhow::Result<Json> {
    let kinds = pipeline.params.iter().map(|param| {
        json!({"name": &*param.name, "type": param.kind.map(compasso_pipeline::tree::ParamType::name)})
    });
    let read = order.params.read(&json!({"params": kinds.collect::<Vec<_>>()}))?;
    let params: Object = serde_json::from_value(serde_json::Value::Object(read))?;
    Ok(Json::from(params))
}
