//! `/decide/{link}`: the page of a link by which an approval is decided.
//!
//! It has no script and needs no key: the link itself says what it is worth. `GET` shows what is asked
//! and decides nothing, because programs that read mails follow links; `POST`, which its one button
//! sends, decides.

use std::borrow::Cow;
use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use compasso_service::{Act, ActEnd, ApprovalItem, Error, LinkPage, LinkState};
use compasso_types::{Json, Timestamp, sealed};

use crate::Edge;
use crate::errors::error_code;
use crate::rest::watch;

/// What the log calls a decision, as where it is made with a key.
const ACTION: &str = "approval.decide";
const POLICY: &str = "default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'; sandbox allow-forms";
const NONCE: &str = "{nonce}";
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
/// The colours and the type of the console, which it cannot load.
const STYLE: &str = ":root{color-scheme:light dark;--paper:#faf9f6;--surface:#fff;--line:#e2dfd6;\
    --edge:#8d8a80;--ink:#17191c;--muted:#5a5e66}@media(prefers-color-scheme:dark){:root{\
    --paper:#101315;--surface:#171b1e;--line:#2a3035;--edge:#6b737a;--ink:#eceae4;--muted:#a0a6ad}}\
    body{font:15px/1.5 'IBM Plex Sans',system-ui,sans-serif;max-width:36rem;margin:10vh auto 3rem;\
    padding:0 1rem;background:var(--paper);color:var(--ink)}h1{font-size:1.35rem;font-weight:600;\
    line-height:1.3;overflow-wrap:anywhere}a{color:inherit;text-underline-offset:3px}\
    .asked{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--surface);\
    border-left:3px solid var(--edge);padding:.6rem 1rem}dl{display:grid;gap:.35rem 1.25rem;\
    grid-template-columns:auto minmax(0,1fr);border-top:1px solid var(--line);padding-top:.9rem;\
    margin:1.25rem 0}dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}\
    button{font:inherit;font-weight:500;padding:.5rem 1.6rem;border:0;border-radius:5px;\
    background:var(--ink);color:var(--paper);cursor:pointer}:focus-visible{\
    outline:2px solid var(--ink);outline-offset:2px}@media(max-width:30rem){dl{\
    grid-template-columns:minmax(0,1fr);gap:0}dd{margin-bottom:.5rem}}";

/// Shows what is asked.
pub(crate) async fn show(State(edge): State<Edge>, Path(token): Path<String>) -> Response {
    let found = edge.service.approval_link(&token).await;
    answer(&edge, &found)
}

/// Decides.
pub(crate) async fn decide(
    State(edge): State<Edge>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let from = watch::from(request.headers(), request.extensions());
    let act = Act::new(edge.service.now(), ACTION, from);
    let (inner, task) = (edge.clone(), act.clone());
    // A task of its own: what has begun is recorded even if the caller hangs up.
    let decided = tokio::spawn(async move {
        let service = &inner.service;
        let decided = service.attend(task.clone(), service.decide_by_link(&token)).await;
        let end = match &decided {
            Ok(_) => ActEnd::Done,
            Err(error) => ActEnd::Failed(error_code(error).0.to_owned()),
        };
        service.conclude(&task, end).await;
        let is_done = decided.is_ok();
        let found = match decided {
            // Somebody was faster, or it is used: the page says what became of it.
            Err(Error::Conflict(_) | Error::Validation { .. } | Error::Overtaken { .. }) => {
                service.approval_link(&token).await
            }
            decided => decided,
        };
        (found, is_done)
    });
    let broken = || Err(Error::Unavailable("the request broke off; see the log".into()));
    let (decided, is_done) = decided.await.unwrap_or_else(|_| (broken(), false));
    let mut response = answer(&edge, &decided);
    if is_done {
        *response.status_mut() = StatusCode::OK;
    }
    response
}

fn answer(edge: &Edge, found: &Result<LinkPage, Error>) -> Response {
    let (status, title, text) = match found {
        Ok(page) => page_of(page, edge.service.now()),
        Err(Error::ResourceNotFound { .. }) => (
            StatusCode::NOT_FOUND,
            "This link leads nowhere".to_owned(),
            "<p>It is not one of this server, or what it was about is long over. If you copied it, \
             see whether all of it is there.</p>"
                .to_owned(),
        ),
        Err(error) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "This cannot be answered now".to_owned(),
            format!(
                "<p>Open the link again in a moment: its page says whether something was decided. ({})</p>",
                html(&error.to_string())
            ),
        ),
    };
    let nonce = edge.service.new_id();
    let title = html(&title).into_owned();
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style nonce=\"{nonce}\">{STYLE}</style></head>\
         <body><main><h1>{title}</h1>{text}</main></body></html>"
    );
    let policy = HeaderValue::from_str(&POLICY.replace(NONCE, &nonce));
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy.expect("a UUID is part of a header value"));
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (ROBOTS, "noindex"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Returns the status, the title and the text of the page of a link.
fn page_of(page: &LinkPage, now: Timestamp) -> (StatusCode, String, String) {
    let LinkPage { decision, sent_to, approval, state, console } = page;
    let task = text_of(&approval.asked, "task").unwrap_or_default();
    let facts = facts(approval, sent_to, now);
    let at_console =
        format!("<p><a href=\"{0}\">Answer in the console</a></p>{facts}", html(console));
    match state {
        LinkState::Ready => {
            let (title, press) = if &**decision == "approve" {
                (format!("Approve {task}?"), "Approve")
            } else {
                (format!("Reject {task}?"), "Reject")
            };
            let button = format!("<form method=\"post\"><button>{press}</button></form>");
            (StatusCode::OK, title, format!("{facts}{button}"))
        }
        LinkState::HasQuestions => {
            let text = format!("<p>There are questions to be answered with it.</p>{at_console}");
            (StatusCode::OK, format!("Approve {task}?"), text)
        }
        LinkState::IsForKnown => {
            let why =
                "Whoever started the run may not decide this, and a link does not tell who has it.";
            (StatusCode::OK, format!("Decide {task}"), format!("<p>{why}</p>{at_console}"))
        }
        LinkState::Used => {
            let text = format!("<p>Thank you. Others are asked as well.</p>{facts}");
            (StatusCode::OK, "Your decision counts".to_owned(), text)
        }
        LinkState::Closed => {
            let title = match &*approval.state {
                "approved" => format!("{task} is approved"),
                "rejected" => format!("{task} is rejected"),
                _ => format!("{task} asks nobody any more"),
            };
            (StatusCode::GONE, title, format!("<p>There is nothing left to decide.</p>{facts}"))
        }
    }
}

/// Tells what is asked, of whom, and what was decided so far.
fn facts(approval: &ApprovalItem, sent_to: &str, now: Timestamp) -> String {
    let mut text = String::new();
    if let Some(message) = text_of(&approval.asked, "message") {
        let _ = write!(text, "<p class=\"asked\">{}</p>", html(&message));
    }
    let mut rows = vec![
        ("Run", run_name(&approval.run)),
        ("Asked", moment(approval.opened, now)),
        ("This link was sent to", sent_to.to_owned()),
    ];
    rows.extend(approval.due.map(|due| ("Until", moment(due, now))));
    let count = approval.asked.get("count").and_then(Json::as_i64).unwrap_or(1);
    if count > 1 {
        let agreed = approval.decisions.iter().filter(|it| &*it.decision == "approve").count();
        rows.push(("Agreed", format!("{agreed} of {count}")));
    }
    let decided = approval.decisions.iter().map(|it| {
        let done = if &*it.decision == "approve" { "approved" } else { "rejected" };
        format!("{done} by {}, {}", it.by, moment(it.at, now))
    });
    rows.extend(decided.map(|told| ("Decided", told)));
    text.push_str("<dl>");
    for (name, value) in rows {
        let _ = write!(text, "<dt>{name}</dt><dd>{}</dd>", html(&value));
    }
    text.push_str("</dl>");
    text
}

/// Returns an instant as people read it, and how far from now it is; the page has no script that
/// could tell it in the zone of its reader.
fn moment(at: Timestamp, now: Timestamp) -> String {
    let Ok(instant) = jiff::Timestamp::from_millisecond(at.0) else {
        return at.to_string();
    };
    let written = instant.strftime("%-d %b %Y, %H:%M UTC");
    let minutes = at.since(now).max(now.since(at)).as_secs() / 60;
    let far = match minutes {
        0 => return format!("{written} (now)"),
        1..60 => format!("{minutes} min"),
        60..1_440 => format!("{} h", minutes / 60),
        1_440..2_880 => "1 day".to_owned(),
        _ => format!("{} days", minutes / 1_440),
    };
    if at > now { format!("{written} (in {far})") } else { format!("{written} ({far} ago)") }
}

/// Returns the pipeline and the name of a run, as people know it.
fn run_name(arn: &str) -> String {
    arn.splitn(7, ':').nth(6).unwrap_or(arn).to_owned()
}

fn text_of(asked: &Json, name: &str) -> Option<String> {
    let value = asked.get(name).filter(|value| **value != Json::Null)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(sealed::hide(&text).into_owned())
}

/// Writes text so that it is text in a page.
fn html(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '>', '&', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '&' => written.push_str("&amp;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            c => written.push(c),
        }
    }
    Cow::Owned(written)
}

#[cfg(test)]
mod tests {
    use compasso_types::Timestamp;

    use super::{html, moment};

    #[test]
    fn text_is_no_markup() {
        assert_eq!(html("plain"), "plain");
        assert_eq!(html("<a href='x'>&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;");
    }

    #[test]
    fn instants_are_told_as_people_read_them() {
        let now: Timestamp = "2026-11-28T14:05:30.000Z".parse().unwrap();
        let told = |at: &str| moment(at.parse().unwrap(), now);
        assert_eq!(told("2026-11-28T14:05:01.250Z"), "28 Nov 2026, 14:05 UTC (now)");
        assert_eq!(told("2026-11-28T13:05:31Z"), "28 Nov 2026, 13:05 UTC (59 min ago)");
        assert_eq!(told("2026-11-28T17:05:30Z"), "28 Nov 2026, 17:05 UTC (in 3 h)");
        assert_eq!(told("2026-11-29T15:05:30Z"), "29 Nov 2026, 15:05 UTC (in 1 day)");
        assert_eq!(told("2026-11-05T14:05:30Z"), "5 Nov 2026, 14:05 UTC (23 days ago)");
    }
}
