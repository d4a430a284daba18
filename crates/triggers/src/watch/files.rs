//! Files that appear, change or go.

mod disk;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use compasso_pipeline::tree::FileTrigger;
use compasso_types::{Glob, Json, Timestamp};

use self::disk::is_nameless;
use super::seen::{Difference, Seen, differences};
use super::{Found, News, news};
use crate::entry::{Judgement, Unusable};
use crate::inbox::Later;

/// The pause between two looks, if the trigger does not say.
pub(super) const EVERY: Duration = Duration::from_secs(10);
/// How long a file must be quiet, if the trigger does not say.
const SETTLE: Duration = Duration::from_secs(5);

/// Files that are looked at.
#[derive(Debug)]
pub(super) struct Files {
    glob: Arc<Glob>,
    on: On,
    settle: Duration,
    by_content: bool,
    by_path: bool,
    /// Whether a look is under way, even if nobody waits for it any more.
    is_looking: Arc<AtomicBool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    Created,
    Modified,
    Deleted,
}

/// What a difference means to a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// It starts a run once the file is quiet.
    News,
    /// The file is known once it is quiet: it is being written until then, and has not arrived.
    Arrival,
    /// The file looks otherwise, and that is all.
    Look,
    /// That the file is gone starts a run.
    Loss,
    /// The file is known no more.
    Oblivion,
}

/// Ends a look, however it ends.
struct Looking(Arc<AtomicBool>);

impl Files {
    pub(super) fn of(trigger: &FileTrigger) -> Result<Self, Unusable> {
        if !trigger.runs_on.is_empty() {
            return Err(Unusable::NotSupported("'runs_on' of a file trigger"));
        }
        if !trigger.path.starts_with('/') {
            return Err("the path of a file trigger begins with '/'".into());
        }
        Ok(Self {
            glob: Arc::new(Glob::parse(&trigger.path)?),
            on: match trigger.on {
                "modified" => On::Modified,
                "deleted" => On::Deleted,
                _ => On::Created,
            },
            settle: trigger.settle.unwrap_or(SETTLE),
            by_content: trigger.dedupe == "sha256",
            by_path: trigger.dedupe == "path",
            is_looking: Arc::default(),
        })
    }

    /// Looks for news. Files that may still be written are in `unsettled`.
    pub(super) async fn find(
        &self,
        seen: &Seen,
        unsettled: &mut BTreeMap<String, (String, Timestamp)>,
        now: Timestamp,
        timeout: Duration,
    ) -> Result<Found, Later> {
        let (glob, begun) = (self.glob.clone(), Instant::now());
        let looks = self.apart(move || disk::list(&glob)).await?;
        let mut found = Found::default();
        unsettled.retain(|path, _| looks.contains_key(path));
        for (path, difference) in differences(seen, &looks) {
            let meaning = self.meaning(difference);
            match meaning {
                Meaning::Loss => found.news.push(gone(path, &seen[path])),
                Meaning::Oblivion => found.notes.push((path.to_owned(), None)),
                Meaning::Look => found.notes.push((path.to_owned(), Some(looks[path].clone()))),
                Meaning::News | Meaning::Arrival => {}
            }
            if !matches!(meaning, Meaning::News | Meaning::Arrival) {
                continue;
            }
            let look = &looks[path];
            let settled = settles(unsettled, path, look, now).after(self.settle);
            if settled > now {
                found.sooner = Some(found.sooner.map_or(settled, |sooner| sooner.min(settled)));
                continue;
            }
            if meaning == Meaning::Arrival {
                found.notes.push((path.to_owned(), Some(look.clone())));
                unsettled.remove(path);
                continue;
            }
            // Contents may be long: what was read counts, and the rest is looked at next.
            if self.by_content && !found.news.is_empty() && begun.elapsed() > timeout / 4 {
                found.more = true;
                break;
            }
            match self.arrived(path, look).await? {
                Some(news) => found.news.push(news),
                // It changed while it was read.
                None => found.sooner = Some(now.after(self.settle)),
            }
            unsettled.remove(path);
        }
        Ok(found)
    }

    fn meaning(&self, difference: Difference) -> Meaning {
        match (self.on, difference) {
            (On::Created, Difference::New) | (On::Modified, Difference::Changed) => Meaning::News,
            // Another file under the same name, unless the name is all that counts.
            (On::Created, Difference::Changed) if !self.by_path => Meaning::News,
            (On::Created | On::Deleted, Difference::Changed) => Meaning::Look,
            (On::Modified | On::Deleted, Difference::New) => Meaning::Arrival,
            (On::Deleted, Difference::Gone) => Meaning::Loss,
            (On::Created | On::Modified, Difference::Gone) => Meaning::Oblivion,
        }
    }

    /// Makes news of a file; `None` if it does not look so any more.
    async fn arrived(&self, path: &str, look: &str) -> Result<Option<News>, Later> {
        if is_nameless(look) {
            return Ok(Some(nameless(path, Some(look.to_owned()))));
        }
        let digest = if self.by_content {
            let (owned, expected) = (path.to_owned(), look.to_owned());
            match self.apart(move || disk::digest(&owned, &expected)).await? {
                Some(digest) => Some(digest),
                None => return Ok(None),
            }
        } else {
            None
        };
        let key = match (&digest, self.on) {
            (Some(digest), _) => digest.clone(),
            (None, On::Created) if self.by_path => path.to_owned(),
            (None, _) => format!("{path}@{look}"),
        };
        let value = shown(path, look, digest);
        Ok(Some(news(path, Some(look.to_owned()), key, "file", value)))
    }

    /// Does what may block for long, such as on a file system that does not answer. Only one such
    /// thing is under way at a time.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, Later> {
        if self.is_looking.swap(true, Ordering::AcqRel) {
            return Err(Later("an earlier look at the files has not come back".into()));
        }
        let looking = Looking(self.is_looking.clone());
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(looking);
            done
        });
        let done = done.await.map_err(|_| Later("shutting down".into()))?;
        done.map_err(|error| Later(format!("{}: {error}", self.glob.root())))
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Returns since when a file looks as it does.
fn settles(
    unsettled: &mut BTreeMap<String, (String, Timestamp)>,
    path: &str,
    look: &str,
    now: Timestamp,
) -> Timestamp {
    match unsettled.get(path) {
        Some((before, since)) if before == look => *since,
        _ => {
            unsettled.insert(path.to_owned(), (look.to_owned(), now));
            now
        }
    }
}

/// Makes news of a file with a name that is no text: no run can be told of it.
fn nameless(path: &str, look: Option<String>) -> News {
    let why = "the name of the file is no UTF-8, so no run can be told of it; rename it";
    let value = Json::object([("path", Json::from(path))]);
    let mut news = news(path, look, path.to_owned(), "file", value);
    news.arrival.judged = Some(Judgement::Failed(why.to_owned()));
    news
}

fn gone(path: &str, look: &str) -> News {
    if is_nameless(look) {
        return nameless(path, None);
    }
    news(path, None, format!("{path}@{look}"), "file", shown(path, look, None))
}

/// Returns what expressions see of a file.
fn shown(path: &str, look: &str, digest: Option<String>) -> Json {
    let (nanoseconds, size) = look.split_once('/').unwrap_or((look, ""));
    let modified = nanoseconds.parse::<i128>().ok();
    let modified = modified.and_then(|at| i64::try_from(at / 1_000_000).ok()).map(Timestamp);
    let name = path.rsplit('/').next().unwrap_or(path);
    let members = [
        ("path", Some(Json::from(path))),
        ("name", Some(Json::from(name))),
        ("size", size.parse::<i64>().ok().map(Json::from)),
        ("mtime", modified.map(|at| Json::from(at.to_string()))),
        ("sha256", digest.map(Json::from)),
    ];
    Json::object(members.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn files(folder: &Path, on: &'static str, dedupe: &'static str) -> Files {
        let trigger = FileTrigger {
            path: format!("{}/**/*.csv", folder.display()).into(),
            on,
            settle: Some(Duration::from_secs(5)),
            poll: None,
            dedupe,
            runs_on: Vec::new(),
        };
        Files::of(&trigger).unwrap()
    }

    /// Looks at the second `at`, and remembers what was found as a trigger would.
    fn look(
        files: &Files,
        seen: &mut Seen,
        unsettled: &mut BTreeMap<String, (String, Timestamp)>,
        at: i64,
    ) -> Vec<String> {
        let now = Timestamp(at * 1_000);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(files.find(seen, unsettled, now, SETTLE)).unwrap();
        let news = found.news.iter().map(|news| (news.name.clone(), news.look.clone()));
        for (name, look) in news.chain(found.notes) {
            match look {
                Some(look) => seen.insert(name, look),
                None => seen.remove(&name),
            };
        }
        let name = |news: &News| news.name.rsplit('/').next().unwrap().to_owned();
        found.news.iter().map(name).collect()
    }

    #[test]
    fn a_file_arrives_once_it_was_quiet() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path(), "created", "path+mtime");
        let (mut seen, mut unsettled) = (Seen::new(), BTreeMap::new());
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/a.csv"), "1").unwrap();
        fs::write(folder.path().join("b.txt"), "1").unwrap();
        assert_eq!(look(&files, &mut seen, &mut unsettled, 0), [""; 0]);
        assert_eq!(look(&files, &mut seen, &mut unsettled, 4), [""; 0]);
        fs::write(folder.path().join("deep/a.csv"), "1, 2").unwrap();
        assert_eq!(look(&files, &mut seen, &mut unsettled, 5), [""; 0], "it was still written");
        assert_eq!(look(&files, &mut seen, &mut unsettled, 10), ["a.csv"]);
        assert_eq!(look(&files, &mut seen, &mut unsettled, 20), [""; 0]);
        fs::write(folder.path().join("deep/a.csv"), "another").unwrap();
        assert_eq!(look(&files, &mut seen, &mut unsettled, 30), [""; 0]);
        assert_eq!(look(&files, &mut seen, &mut unsettled, 35), ["a.csv"]);
    }

    #[test]
    fn changes_and_deletions_are_of_files_that_had_arrived() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "1").unwrap();
        let (modified, deleted) =
            (files(folder.path(), "modified", "path"), files(folder.path(), "deleted", "path"));
        let (mut seen, mut unsettled) = (Seen::new(), BTreeMap::new());
        let (mut seen_too, mut nothing) = (Seen::new(), BTreeMap::new());
        assert_eq!(look(&modified, &mut seen, &mut unsettled, 0), [""; 0]);
        assert_eq!(look(&deleted, &mut seen_too, &mut nothing, 0), [""; 0]);
        assert_eq!(look(&modified, &mut seen, &mut unsettled, 5), [""; 0]);
        assert_eq!(look(&deleted, &mut seen_too, &mut nothing, 5), [""; 0]);
        fs::write(&path, "12").unwrap();
        assert_eq!(look(&modified, &mut seen, &mut unsettled, 6), [""; 0]);
        assert_eq!(look(&modified, &mut seen, &mut unsettled, 11), ["a.csv"]);
        fs::remove_file(&path).unwrap();
        assert_eq!(look(&modified, &mut seen, &mut unsettled, 12), [""; 0]);
        assert_eq!(look(&deleted, &mut seen_too, &mut nothing, 12), ["a.csv"]);
        assert_eq!(look(&deleted, &mut seen_too, &mut nothing, 13), [""; 0]);
    }

    #[test]
    fn a_file_that_is_still_written_is_neither_changed_nor_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slow.csv");
        for on in ["modified", "deleted"] {
            let files = files(folder.path(), on, "path+mtime");
            let (mut seen, mut unsettled) = (Seen::new(), BTreeMap::new());
            for at in 0..8_u8 {
                fs::write(&path, "1".repeat(at.into())).unwrap();
                assert_eq!(look(&files, &mut seen, &mut unsettled, at.into()), [""; 0], "{on}");
            }
            fs::remove_file(&path).unwrap();
            assert_eq!(look(&files, &mut seen, &mut unsettled, 8), [""; 0], "{on}: never arrived");
            fs::write(&path, "all").unwrap();
            assert_eq!(look(&files, &mut seen, &mut unsettled, 9), [""; 0], "{on}");
            assert_eq!(look(&files, &mut seen, &mut unsettled, 14), [""; 0], "{on}: it arrives");
            fs::remove_file(&path).unwrap();
            let told = look(&files, &mut seen, &mut unsettled, 15);
            assert_eq!(!told.is_empty(), on == "deleted", "{on}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_whose_name_is_no_text_starts_nothing_and_says_so() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;

        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(OsStr::from_bytes(b"bad\xff.csv")), "1").unwrap();
        fs::write(folder.path().join("bad\u{fffd}.csv"), "1").unwrap();
        for dedupe in ["path", "sha256"] {
            let files = files(folder.path(), "created", dedupe);
            let (seen, mut unsettled) = (Seen::new(), BTreeMap::new());
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let mut look = |at| {
                let now = Timestamp(at);
                runtime.block_on(files.find(&seen, &mut unsettled, now, SETTLE)).unwrap().news
            };
            assert_eq!(look(0), []);
            let news = look(5_000);
            let judged = |news: &News| matches!(news.arrival.judged, Some(Judgement::Failed(_)));
            let named = |news: &News| news.name.rsplit('/').next().unwrap().to_owned();
            let told: Vec<_> = news.iter().map(|news| (named(news), judged(news))).collect();
            let both = [("bad\\xff.csv".to_owned(), true), ("bad\u{fffd}.csv".to_owned(), false)];
            assert_eq!(told, both);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_and_no_deletion() {
        let files = files(Path::new("/nowhere/at/all"), "deleted", "path");
        let seen = Seen::from([("/nowhere/at/all/a.csv".to_owned(), "0/0".to_owned())]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(files.find(&seen, &mut BTreeMap::new(), Timestamp(0), SETTLE));
        assert!(found.unwrap_err().to_string().starts_with("/nowhere/at/all: "));
    }
}
