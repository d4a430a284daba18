//! REST: `/api/v1`, which the console is made of.
//!
//! Answers are JSON; lists are `{items, next}`; errors are `{code, message, detail, requestId}`. It
//! is the same use cases as the Step Functions protocol, seen by the same callers: see `access`.

mod access;
mod alerts;
mod answer;
mod approvals;
mod artifacts;
mod audit;
mod backfills;
mod calendars;
mod callbacks;
mod cloud_events;
mod connections;
mod dismissals;
mod drafts;
mod events;
mod grid;
mod info;
mod instances;
mod jobs;
mod logs;
mod map_runs;
mod nodes;
mod openapi;
mod overview;
mod permissions;
mod pipelines;
mod queues;
mod runs;
mod saved_views;
mod schedule_editor;
mod schedules;
mod secrets;
mod session;
mod signals;
mod steer;
mod steps;
mod stream;
mod tokens;
mod triggers;
mod versions;
pub(crate) mod watch;
mod workers;
mod workflows;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};

use crate::Edge;

pub(crate) use self::access::check_site;
pub(crate) use self::answer::respond;
pub use self::nodes::{NodeList, NodeRole, NodeView};
pub(crate) use self::stream::STREAMS_MAX;

/// What all paths begin with.
pub(crate) const ROOT: &str = "/api/v1/";

/// Makes the routes.
pub(crate) fn routes(edge: Edge) -> Router<Edge> {
    Router::new()
        .route("/api/v1/info", get(info::answer))
        .route("/api/v1/openapi.json", get(openapi::answer))
        .route("/api/v1/session", post(session::sign_in).delete(session::sign_out))
        .route("/api/v1/overview", get(overview::answer))
        .route("/api/v1/workflows", get(workflows::list))
        .route("/api/v1/workflows/{id}", get(workflows::view))
        .route("/api/v1/workflows/{id}/diff", get(workflows::diff))
        .route("/api/v1/workflows/{id}/settings", put(workflows::set_settings))
        .route("/api/v1/workflows/{id}/versions/figures", get(workflows::version_figures))
        .route(
            "/api/v1/workflows/{id}/aliases/{alias}",
            put(workflows::set_alias).delete(workflows::delete_alias),
        )
        .route("/api/v1/connections", get(connections::list).post(connections::create))
        .route(
            "/api/v1/connections/{name}",
            get(connections::view).put(connections::change).delete(connections::delete),
        )
        .route("/api/v1/connections/{name}/uses", get(connections::uses))
        .route("/api/v1/secrets", get(secrets::list))
        .route("/api/v1/secrets/{name}", put(secrets::set).delete(secrets::delete))
        .route("/api/v1/runs", get(runs::list).post(runs::start))
        .route("/api/v1/runs/histogram", get(runs::histogram))
        .route("/api/v1/runs/facts", post(runs::facts))
        .route("/api/v1/steps", get(steps::list))
        .route("/api/v1/steps/figures", get(steps::figures))
        .route("/api/v1/runs/export", get(runs::export))
        .route("/api/v1/runs/{id}", get(runs::view))
        .route("/api/v1/runs/{id}/output", get(runs::output))
        .route("/api/v1/map-runs/{id}", get(map_runs::view))
        .route("/api/v1/map-runs/{id}/runs", get(map_runs::children))
        .route("/api/v1/runs/{id}/tasks", get(runs::tasks))
        .route("/api/v1/runs/{id}/artifacts", get(artifacts::of_run))
        .route("/api/v1/runs/{id}/compensate", post(steer::compensate))
        .route("/api/v1/runs/{id}/hold", post(steer::hold_run))
        .route("/api/v1/runs/{id}/release", post(steer::release_run))
        .route("/api/v1/runs/{id}/signals/{name}", post(signals::send))
        .route("/api/v1/runs/{id}/tasks/{task}/instances", get(instances::list))
        .route("/api/v1/runs/{id}/tasks/{task}/failures", get(instances::failures))
        .route("/api/v1/runs/{id}/tasks/{task}/hold", post(steer::hold))
        .route("/api/v1/runs/{id}/tasks/{task}/release", post(steer::release))
        .route("/api/v1/runs/{id}/tasks/{task}/skip", post(steer::skip))
        .route("/api/v1/runs/{id}/tasks/{task}/mark", post(steer::mark))
        .route("/api/v1/runs/{id}/events", get(events::list))
        .route("/api/v1/runs/{id}/logs", get(logs::answer))
        .route("/api/v1/runs/{id}/logs/search", get(logs::search))
        .route("/api/v1/runs/{id}/stop", post(runs::stop))
        .route("/api/v1/runs/{id}/quarantine/release", post(runs::release_from_quarantine))
        .route("/api/v1/runs/{id}/cancel", post(runs::cancel))
        .route("/api/v1/runs/{id}/redrive", post(runs::redrive))
        .route("/api/v1/runs/{id}/copy", post(runs::copy))
        .route("/api/v1/runs/{id}/rerun", post(runs::rerun))
        .route("/api/v1/approvals", get(approvals::list))
        .route("/api/v1/approvals/{id}", post(approvals::decide))
        .route("/api/v1/callbacks/{token}", post(callbacks::succeed))
        .route("/api/v1/callbacks/{token}/fail", post(callbacks::fail))
        .route("/api/v1/stream", get(stream::answer))
        .merge(pipeline_routes())
        .merge(job_routes())
        .merge(dispatch_routes())
        .merge(schedule_routes())
        .merge(draft_routes())
        .merge(access_routes())
        .route_layer(from_fn_with_state(edge, watch::watch))
}

/// Makes the routes of pipelines, and of what starts them.
fn pipeline_routes() -> Router<Edge> {
    Router::new()
        .route("/api/v1/pipelines", get(pipelines::list).post(pipelines::push))
        .route("/api/v1/pipelines/{name}", get(pipelines::view).delete(pipelines::delete))
        .route("/api/v1/pipelines/{name}/versions", get(pipelines::versions))
        .route("/api/v1/pipelines/{name}/runs", post(pipelines::start))
        .route("/api/v1/pipelines/{name}/grid", get(grid::view))
        .route("/api/v1/pipelines/{name}/grid/rerun", post(grid::rerun))
        .route("/api/v1/pipelines/{name}/grid/mark", post(grid::mark))
        .route("/api/v1/pipelines/{name}/triggers", get(triggers::list))
        .route("/api/v1/pipelines/{name}/triggers/{trigger}/deliveries", get(triggers::deliveries))
        .route(
            "/api/v1/pipelines/{name}/triggers/{trigger}/deliveries/{delivery}/replay",
            post(triggers::replay),
        )
        .route("/api/v1/events", post(triggers::tell))
        .route("/api/v1/assets", post(triggers::update_asset))
        .route("/api/v1/alerts", get(alerts::list))
        .route("/api/v1/alerts/{pipeline}/{trigger}/test", post(alerts::test))
        .route("/api/v1/pipelines/{name}/diff", get(versions::diff))
        .route("/api/v1/pipelines/{name}/aliases", get(versions::aliases))
        .route(
            "/api/v1/pipelines/{name}/aliases/{alias}",
            put(versions::set_alias).delete(versions::delete_alias),
        )
}

/// Makes the routes of who may do what, and of what was done.
fn access_routes() -> Router<Edge> {
    Router::new()
        .route("/api/v1/tokens", get(tokens::list).post(tokens::create))
        .route("/api/v1/tokens/{name}", delete(tokens::revoke))
        .route("/api/v1/audit", get(audit::list))
}

/// Makes the routes of definitions that are being written.
fn draft_routes() -> Router<Edge> {
    Router::new()
        .route("/api/v1/check", post(drafts::check))
        .route("/api/v1/check/state", post(drafts::test_state))
        .route("/api/v1/check/task", post(drafts::test_task))
        .route("/api/v1/drafts", get(drafts::list).post(drafts::open))
        .route("/api/v1/drafts/{id}", get(drafts::view).put(drafts::save).delete(drafts::delete))
        .route("/api/v1/drafts/{id}/revisions", get(drafts::revisions))
        .route("/api/v1/drafts/{id}/revisions/{number}", get(drafts::revision))
        .route("/api/v1/drafts/{id}/publish", post(drafts::publish))
        .route("/api/v1/drafts/{id}/runs", post(drafts::run))
}

/// Makes the routes of what is done with many runs at once, of views of them, and of failures set aside.
fn job_routes() -> Router<Edge> {
    Router::new()
        .route("/api/v1/jobs", get(jobs::list).post(jobs::create))
        .route("/api/v1/jobs/{id}", get(jobs::view))
        .route("/api/v1/jobs/{id}/runs", get(jobs::runs))
        .route("/api/v1/jobs/{id}/cancel", post(jobs::cancel))
        .route("/api/v1/dismissals", get(dismissals::list).post(dismissals::create))
        .route("/api/v1/dismissals/{id}", delete(dismissals::delete))
        .route("/api/v1/views", get(saved_views::list).post(saved_views::save))
        .route("/api/v1/views/{id}", put(saved_views::change).delete(saved_views::delete))
}

/// Makes the routes of what starts pipelines by the clock, and of what limits their runs.
fn schedule_routes() -> Router<Edge> {
    Router::new()
        .route("/api/v1/schedules", get(schedules::all).post(schedule_editor::create))
        .route("/api/v1/schedules/timeline", get(schedule_editor::timeline))
        .route("/api/v1/schedules/preview", post(schedule_editor::preview))
        .route("/api/v1/schedules/pause", post(schedule_editor::pause))
        .route("/api/v1/schedules/resume", post(schedule_editor::resume))
        .route(
            "/api/v1/schedules/{id}",
            get(schedule_editor::view).put(schedule_editor::change).delete(schedule_editor::delete),
        )
        .route("/api/v1/pipelines/{name}/schedules", get(schedules::list))
        .route("/api/v1/pipelines/{name}/ticks", get(schedules::ticks))
        .route("/api/v1/pipelines/{name}/queue", get(schedules::queue))
        .route("/api/v1/pipelines/{name}/pause", post(schedules::pause))
        .route("/api/v1/pipelines/{name}/resume", post(schedules::resume))
        .route("/api/v1/runs/{id}/place", get(schedules::place))
        .route("/api/v1/pipelines/{name}/backfills", get(backfills::list).post(backfills::create))
        .route("/api/v1/pipelines/{name}/backfills/{id}", get(backfills::view))
        .route("/api/v1/pipelines/{name}/backfills/{id}/ticks", get(backfills::ticks))
        .route("/api/v1/pipelines/{name}/backfills/{id}/pause", post(backfills::pause))
        .route("/api/v1/pipelines/{name}/backfills/{id}/resume", post(backfills::resume))
        .route("/api/v1/pipelines/{name}/backfills/{id}/cancel", post(backfills::cancel))
        .route("/api/v1/calendars", get(calendars::list))
        .route(
            "/api/v1/calendars/{name}",
            get(calendars::view).put(calendars::put).delete(calendars::delete),
        )
}

/// Makes the routes of workers, and of what tasks wait for.
fn dispatch_routes() -> Router<Edge> {
    Router::new()
        .route("/api/v1/runs/{id}/blocked", get(queues::blocked))
        .route("/api/v1/nodes", get(nodes::list))
        .route("/api/v1/queues", get(queues::queues))
        .route("/api/v1/pools", get(queues::pools))
        .route("/api/v1/pools/{name}", put(queues::set_pool).delete(queues::delete_pool))
        .route("/api/v1/breakers", get(queues::breakers))
        .route("/api/v1/breakers/{name}/reset", post(queues::reset_breaker))
        .route("/api/v1/workers", get(workers::list).post(workers::register))
        .route("/api/v1/workers/{worker}", delete(workers::goodbye))
        .route("/api/v1/workers/{worker}/poll", post(workers::poll))
        .route("/api/v1/workers/{worker}/beat", post(workers::beat))
        .route("/api/v1/workers/{worker}/drain", post(workers::drain))
        .route("/api/v1/leases/{lease}/done", post(workers::done))
        .route("/api/v1/leases/{lease}/failed", post(workers::failed))
        .route("/api/v1/leases/{lease}/actions", post(workers::act))
        .route("/api/v1/leases/{lease}/beat", post(workers::beat_lease))
        .route("/api/v1/leases/{lease}/logs", post(workers::log))
        .route("/api/v1/leases/{lease}/artifacts/{*name}", put(artifacts::keep))
        .route("/api/v1/artifacts/{sha256}", get(artifacts::fetch))
}
