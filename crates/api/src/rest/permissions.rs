//! Which role each route needs, and as what it stands in the audit log.

use axum::extract::MatchedPath;
use axum::http::request::Parts;
use axum::http::{Method, Uri};
use compasso_service::Role;

use crate::errors::Failure;
use crate::identity::Identity;
use crate::permissions::{ADMINISTER, ANYBODY, FETCH, OPERATE, REPORT, Rule, VIEW, WORK, WRITE};

const PREFIX: &str = "/api/v1";
/// Members of a query that ask what a change would be.
const ONLY_ASKED: [&str; 2] = ["check=true", "dryRun=true"];

type Route = (&'static str, &'static str);
type Told = (&'static str, &'static str, &'static [Role], &'static str, &'static [&'static str]);

/// Routes that are not in the log, by what they need.
const QUIET: &[(&[Role], &[Route])] = &[
    (
        ANYBODY,
        &[
            ("GET", "/info"),
            ("POST", "/session"),
            ("DELETE", "/session"),
            ("POST", "/callbacks/{token}"),
            ("POST", "/callbacks/{token}/fail"),
        ],
    ),
    (
        VIEW,
        &[
            ("GET", "/openapi.json"),
            ("GET", "/overview"),
            ("GET", "/workflows"),
            ("GET", "/workflows/{id}"),
            ("GET", "/workflows/{id}/diff"),
            ("GET", "/workflows/{id}/versions/figures"),
            ("GET", "/connections"),
            ("GET", "/connections/{name}"),
            ("GET", "/connections/{name}/uses"),
            ("GET", "/pipelines"),
            ("GET", "/pipelines/{name}"),
            ("GET", "/pipelines/{name}/versions"),
            ("GET", "/pipelines/{name}/grid"),
            ("GET", "/pipelines/{name}/triggers"),
            ("GET", "/pipelines/{name}/triggers/{trigger}/deliveries"),
            ("GET", "/pipelines/{name}/diff"),
            ("GET", "/pipelines/{name}/aliases"),
            ("GET", "/pipelines/{name}/schedules"),
            ("GET", "/pipelines/{name}/ticks"),
            ("GET", "/pipelines/{name}/queue"),
            ("GET", "/pipelines/{name}/backfills"),
            ("GET", "/pipelines/{name}/backfills/{id}"),
            ("GET", "/pipelines/{name}/backfills/{id}/ticks"),
            ("GET", "/secrets"),
            ("GET", "/runs"),
            ("GET", "/runs/histogram"),
            ("POST", "/runs/facts"),
            ("GET", "/runs/export"),
            ("GET", "/steps"),
            ("GET", "/steps/figures"),
            ("GET", "/runs/{id}"),
            ("GET", "/runs/{id}/output"),
            ("GET", "/map-runs/{id}"),
            ("GET", "/map-runs/{id}/runs"),
            ("GET", "/runs/{id}/tasks"),
            ("GET", "/runs/{id}/artifacts"),
            ("GET", "/runs/{id}/tasks/{task}/instances"),
            ("GET", "/runs/{id}/tasks/{task}/failures"),
            ("GET", "/runs/{id}/events"),
            ("GET", "/runs/{id}/logs"),
            ("GET", "/runs/{id}/logs/search"),
            ("GET", "/runs/{id}/place"),
            ("GET", "/runs/{id}/blocked"),
            ("GET", "/jobs"),
            ("GET", "/jobs/{id}"),
            ("GET", "/jobs/{id}/runs"),
            ("GET", "/dismissals"),
            ("GET", "/views"),
            ("POST", "/views"),
            ("PUT", "/views/{id}"),
            ("DELETE", "/views/{id}"),
            ("POST", "/check"),
            ("GET", "/drafts"),
            ("GET", "/drafts/{id}"),
            ("GET", "/drafts/{id}/revisions"),
            ("GET", "/drafts/{id}/revisions/{number}"),
            ("GET", "/approvals"),
            ("GET", "/stream"),
            ("GET", "/schedules"),
            ("GET", "/schedules/timeline"),
            ("POST", "/schedules/preview"),
            ("GET", "/schedules/{id}"),
            ("GET", "/alerts"),
            ("GET", "/calendars"),
            ("GET", "/calendars/{name}"),
            ("GET", "/queues"),
            ("GET", "/nodes"),
            ("GET", "/pools"),
            ("GET", "/breakers"),
            ("GET", "/workers"),
        ],
    ),
    (FETCH, &[("GET", "/artifacts/{sha256}")]),
    (
        OPERATE,
        &[
            ("POST", "/runs"),
            ("POST", "/pipelines/{name}/runs"),
            ("POST", "/runs/{id}/signals/{name}"),
            ("POST", "/events"),
            ("POST", "/assets"),
            ("POST", "/alerts/{pipeline}/{trigger}/test"),
        ],
    ),
    (
        WRITE,
        &[
            // It carries out the task of the state.
            ("POST", "/check/state"),
            ("POST", "/drafts"),
            ("PUT", "/drafts/{id}"),
            ("DELETE", "/drafts/{id}"),
            ("POST", "/drafts/{id}/runs"),
        ],
    ),
    (ADMINISTER, &[("GET", "/tokens"), ("GET", "/audit")]),
    (
        WORK,
        &[
            ("POST", "/workers"),
            ("DELETE", "/workers/{worker}"),
            ("POST", "/workers/{worker}/poll"),
            ("POST", "/workers/{worker}/beat"),
            ("POST", "/leases/{lease}/done"),
            ("POST", "/leases/{lease}/failed"),
            ("POST", "/leases/{lease}/actions"),
            ("POST", "/leases/{lease}/beat"),
            ("POST", "/leases/{lease}/logs"),
            ("PUT", "/leases/{lease}/artifacts/{*name}"),
        ],
    ),
];

/// Routes that are in the log: what they need, the action, and what of the body is told.
const TOLD: &[Told] = &[
    ("POST", "/runs/{id}/stop", OPERATE, "run.stop", &["error", "cause"]),
    ("POST", "/runs/{id}/cancel", OPERATE, "run.cancel", &["error", "cause"]),
    ("POST", "/runs/{id}/redrive", OPERATE, "run.redrive", &[]),
    ("POST", "/runs/{id}/copy", OPERATE, "run.copy", &["state", "name"]),
    ("POST", "/runs/{id}/rerun", OPERATE, "run.rerun", &["tasks", "from", "failed", "all", "new"]),
    ("POST", "/runs/{id}/compensate", OPERATE, "run.compensate", &[]),
    ("POST", "/runs/{id}/hold", OPERATE, "run.hold", &[]),
    ("POST", "/runs/{id}/release", OPERATE, "run.release", &[]),
    ("POST", "/runs/{id}/quarantine/release", OPERATE, "quarantine.release", &[]),
    ("POST", "/runs/{id}/tasks/{task}/hold", OPERATE, "task.hold", &[]),
    ("POST", "/runs/{id}/tasks/{task}/release", OPERATE, "task.release", &[]),
    ("POST", "/runs/{id}/tasks/{task}/skip", OPERATE, "task.skip", &[]),
    ("POST", "/runs/{id}/tasks/{task}/mark", OPERATE, "task.mark", &["state", "reason"]),
    (
        "POST",
        "/pipelines/{name}/triggers/{trigger}/deliveries/{delivery}/replay",
        OPERATE,
        "delivery.replay",
        &[],
    ),
    ("POST", "/pipelines/{name}/grid/rerun", OPERATE, "tasks.rerun", &["cells", "downstream"]),
    ("POST", "/pipelines/{name}/grid/mark", OPERATE, "tasks.mark", &["cells", "state", "reason"]),
    ("POST", "/approvals/{id}", OPERATE, "approval.decide", &["decision", "comment"]),
    ("POST", "/jobs", OPERATE, "job.create", &["action", "runs", "expected", "reason"]),
    ("POST", "/jobs/{id}/cancel", OPERATE, "job.cancel", &[]),
    ("POST", "/dismissals", OPERATE, "dismissal.create", &["runs", "reason"]),
    ("DELETE", "/dismissals/{id}", OPERATE, "dismissal.delete", &[]),
    (
        "POST",
        "/pipelines/{name}/pause",
        OPERATE,
        "pipeline.pause",
        &["reason", "hold", "drain", "until"],
    ),
    ("POST", "/pipelines/{name}/resume", OPERATE, "pipeline.resume", &[]),
    ("POST", "/pipelines/{name}/backfills", OPERATE, "backfill.create", &["from", "to"]),
    ("POST", "/pipelines/{name}/backfills/{id}/pause", OPERATE, "backfill.pause", &[]),
    ("POST", "/pipelines/{name}/backfills/{id}/resume", OPERATE, "backfill.resume", &[]),
    ("POST", "/pipelines/{name}/backfills/{id}/cancel", OPERATE, "backfill.cancel", &["withRuns"]),
    ("POST", "/schedules/pause", OPERATE, "schedule.pause", &["ids", "reason", "until"]),
    ("POST", "/schedules/resume", OPERATE, "schedule.resume", &["ids"]),
    ("PUT", "/pools/{name}", OPERATE, "pool.set", &[]),
    ("DELETE", "/pools/{name}", OPERATE, "pool.delete", &[]),
    ("POST", "/breakers/{name}/reset", OPERATE, "breaker.reset", &[]),
    ("POST", "/workers/{worker}/drain", REPORT, "worker.drain", &["drain"]),
    ("POST", "/check/task", WRITE, "task.test", &["task", "call"]),
    ("POST", "/pipelines", WRITE, "pipeline.push", &[]),
    ("DELETE", "/pipelines/{name}", WRITE, "pipeline.delete", &[]),
    ("PUT", "/workflows/{id}/settings", WRITE, "workflow.set", &[]),
    ("PUT", "/workflows/{id}/aliases/{alias}", WRITE, "alias.set", &[]),
    ("DELETE", "/workflows/{id}/aliases/{alias}", WRITE, "alias.delete", &[]),
    ("PUT", "/pipelines/{name}/aliases/{alias}", WRITE, "alias.set", &[]),
    ("DELETE", "/pipelines/{name}/aliases/{alias}", WRITE, "alias.delete", &[]),
    ("POST", "/drafts/{id}/publish", WRITE, "draft.publish", &["message"]),
    ("POST", "/schedules", WRITE, "schedule.create", &["workflow", "spec"]),
    ("PUT", "/schedules/{id}", WRITE, "schedule.update", &["workflow", "spec"]),
    ("DELETE", "/schedules/{id}", WRITE, "schedule.delete", &[]),
    ("PUT", "/calendars/{name}", WRITE, "calendar.set", &["dates", "weekdays", "rules"]),
    ("DELETE", "/calendars/{name}", WRITE, "calendar.delete", &[]),
    ("PUT", "/secrets/{name}", WRITE, "secret.set", &[]),
    ("DELETE", "/secrets/{name}", WRITE, "secret.delete", &[]),
    ("POST", "/connections", WRITE, "connection.create", &["AuthorizationType", "Description"]),
    (
        "PUT",
        "/connections/{name}",
        WRITE,
        "connection.update",
        &["AuthorizationType", "Description"],
    ),
    ("DELETE", "/connections/{name}", WRITE, "connection.delete", &[]),
    ("POST", "/tokens", ADMINISTER, "token.create", &[]),
    ("DELETE", "/tokens/{name}", ADMINISTER, "token.revoke", &[]),
];

/// Returns the rule of a route.
pub(super) fn rule(method: &Method, path: &str) -> Option<Rule> {
    let (method, path) = (method.as_str(), path.strip_prefix(PREFIX)?);
    let method = if method == "HEAD" { "GET" } else { method };
    let is_quiet = |(_, routes): &&(&[Role], &[Route])| routes.contains(&(method, path));
    if let Some((needs, _)) = QUIET.iter().find(is_quiet) {
        return Some(Rule::quiet(needs));
    }
    let told = TOLD.iter().find(|route| (route.0, route.1) == (method, path))?;
    Some(Rule::told(told.2, told.3, told.4))
}

/// Returns the name that a request has in the log, if it changes something.
pub(super) fn action(rule: Option<Rule>, uri: &Uri) -> Option<&'static str> {
    let asks = |part: &str| ONLY_ASKED.contains(&part);
    let only_asks = uri.query().is_some_and(|query| query.split('&').any(asks));
    rule?.action.filter(|_| !only_asks)
}

/// Returns the rule of a request.
pub(super) fn of(parts: &Parts) -> Option<Rule> {
    rule(&parts.method, route(parts))
}

/// Lets somebody use a route.
///
/// # Errors
/// Their role does not do.
pub(super) fn permit(who: &Identity, parts: &Parts) -> Result<(), Failure> {
    // What nobody thought of is for those who may do everything.
    let rule = of(parts).unwrap_or(Rule::quiet(ADMINISTER));
    rule.permit(who, &format!("{} {}", parts.method, route(parts)))
}

fn route(parts: &Parts) -> &str {
    parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str)
}

/// Names what a path is about, such as `pipeline:shop/alias:live`.
pub(super) fn subject(route: &str, path: &str) -> Option<String> {
    let named: Vec<String> = route
        .split('/')
        .zip(path.split('/'))
        .scan("", |kind, (pattern, part)| {
            let said = pattern.starts_with('{').then(|| format!("{}:{}", one(kind), plain(part)));
            *kind = pattern;
            Some(said)
        })
        .flatten()
        .collect();
    (!named.is_empty()).then(|| named.join("/"))
}

/// Returns what one of many is called.
fn one(kind: &str) -> &str {
    match kind {
        "aliases" => "alias",
        "deliveries" => "delivery",
        _ => kind.strip_suffix('s').unwrap_or(kind),
    }
}

fn plain(part: &str) -> String {
    percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn every_route_has_one_rule_and_every_rule_its_route() {
        let document: Value = serde_json::from_str(super::super::openapi::DOCUMENT).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let described: BTreeSet<String> = paths
            .iter()
            .flat_map(|(path, operations)| {
                let methods = operations.as_object().unwrap().keys();
                methods.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect();
        let quiet = QUIET.iter().flat_map(|(_, routes)| routes.iter().copied());
        let told = TOLD.iter().map(|told| (told.0, told.1));
        let ruled: Vec<String> = quiet
            .chain(told)
            .map(|(method, path)| format!("{method} {PREFIX}{}", path.replace("{*", "{")))
            .collect();
        let once: BTreeSet<String> = ruled.iter().cloned().collect();
        assert_eq!(once.len(), ruled.len(), "a route has two rules");
        let without: Vec<_> = described.difference(&once).collect();
        let left_over: Vec<_> = once.difference(&described).collect();
        assert_eq!((without, left_over), (vec![], vec![]));
    }

    #[test]
    fn what_changes_something_needs_more_than_a_viewer() {
        for told in TOLD {
            assert!(!told.2.iter().any(|role| Role::Viewer.covers(*role)), "{} {}", told.0, told.1);
        }
    }

    #[test]
    fn a_path_says_what_it_is_about() {
        let subject = |route: &str, path: &str| subject(route, path).unwrap_or_default();
        assert_eq!(subject("/api/v1/secrets/{name}", "/api/v1/secrets/db"), "secret:db");
        assert_eq!(
            subject("/api/v1/runs/{id}/tasks/{task}/mark", "/api/v1/runs/a%3Ab/tasks/t/mark"),
            "run:a:b/task:t"
        );
        assert_eq!(
            subject("/api/v1/pipelines/{name}/aliases/{alias}", "/api/v1/pipelines/p/aliases/x"),
            "pipeline:p/alias:x"
        );
        assert_eq!(subject("/api/v1/pipelines", "/api/v1/pipelines"), "");
    }

    #[test]
    fn what_only_asks_is_no_change() {
        let push = rule(&Method::POST, "/api/v1/pipelines");
        let named = |uri: &'static str| action(push, &Uri::from_static(uri));
        assert_eq!(named("/api/v1/pipelines"), Some("pipeline.push"));
        assert_eq!(named("/api/v1/pipelines?author=a&check=true"), None);
    }
}
