//! What a run of a pipeline waits for while nothing happens.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use compasso_service::{ListApprovals, Service, Viewer};
use compasso_store::ExecutionKey;
use compasso_types::Json;

/// How often it is looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Tells of each thing that a run waits for once.
pub(super) struct Waits {
    key: ExecutionKey,
    /// Where people can decide.
    url: String,
    looked: Instant,
    /// What it waited for at the last look: what it waits for only a moment is not told.
    before: BTreeSet<String>,
    told: BTreeSet<String>,
}

impl Waits {
    /// Begins to look at a run; `url` is where the engine answers.
    pub(super) fn new(key: &ExecutionKey, url: &str) -> Self {
        let (before, told) = (BTreeSet::new(), BTreeSet::new());
        Self { key: key.clone(), url: url.to_owned(), looked: Instant::now(), before, told }
    }

    /// Returns what it has waited for since the last look and was not told before.
    pub(super) async fn news(&mut self, service: &Service) -> Vec<String> {
        if self.looked.elapsed() < LOOK_INTERVAL {
            return Vec::new();
        }
        self.looked = Instant::now();
        let mut now: BTreeSet<String> = self.blocked(service);
        now.extend(self.approvals(service).await);
        let lasting: Vec<String> = now.intersection(&self.before).cloned().collect();
        self.before = now;
        lasting.into_iter().filter(|line| self.told.insert(line.clone())).collect()
    }

    fn blocked(&self, service: &Service) -> BTreeSet<String> {
        let blocked = service.dispatcher().blocked(&self.key.0).into_iter();
        let line = |task: compasso_dispatch::BlockedTask| {
            let texts: Vec<_> = task.blocked_by.iter().map(|block| &*block.text).collect();
            format!("… {} waits for {}", task.task, texts.join(", "))
        };
        blocked.map(line).collect()
    }

    async fn approvals(&self, service: &Service) -> Vec<String> {
        let request =
            ListApprovals { run: Some(self.key.to_string()), state: None, limit: None, next: None };
        // The next look may see it.
        let Ok(page) = service.list_approvals(&Viewer::default(), request).await else {
            return Vec::new();
        };
        let line = |item: compasso_service::ApprovalItem| {
            let task = item.asked.get("task").and_then(Json::as_str).unwrap_or_default();
            let how = format!("compasso approvals approve {} --endpoint {}", item.id, self.url);
            format!("… {task} waits for approval: {how}")
        };
        page.items.into_iter().map(line).collect()
    }
}
