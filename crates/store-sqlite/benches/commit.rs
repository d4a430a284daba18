//! What a turn costs: prints one JSON line a measurement.
//!
//! `cargo bench -p compasso-store-sqlite -- [executions] [page size]`

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::fs;
use std::path::Path;
use std::time::Instant;

use bytes::Bytes;
use compasso_store::{
    Attributes, Batch, Epoch, ExecutionFilter, ExecutionKey, JournalEntry, Outcome, Revision,
    Status, Store, Turn, Write,
};
use compasso_store_sqlite::{Durability, Options, SqliteStore};
use compasso_types::Timestamp;
use futures::executor::block_on;

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse::<usize>().ok());
    let executions = numbers.next().unwrap_or(100_000);
    let page_size = numbers.next().unwrap_or(Options::default().page_size as usize) as u32;
    for (durability, batch, executions) in [
        (Durability::Full, 256, executions),
        (Durability::Relaxed, 256, executions),
        (Durability::Full, 16, executions / 10),
        (Durability::Full, 1, executions / 100),
    ] {
        let directory = tempfile::tempdir().expect("a directory for the database");
        let options = Options { durability, page_size, ..Options::default() };
        let store = SqliteStore::open(directory.path(), &options).expect("an empty directory");
        measure(&store, directory.path(), &options, batch, executions);
    }
}

fn measure(
    store: &SqliteStore,
    directory: &Path,
    options: &Options,
    batch: usize,
    executions: usize,
) {
    let epoch = block_on(store.acquire()).expect("the store is open");
    let report = |what: &str, turns: usize, meter: Meter| {
        let (cpu, wall) = meter.per(turns);
        let size: u64 = fs::read_dir(directory)
            .expect("the directory is ours")
            .filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()))
            .sum();
        println!(
            "{{\"what\":\"{what}\",\"durability\":\"{:?}\",\"page_size\":{},\"batch\":{batch},\
             \"turns\":{turns},\"cpu_us\":{cpu:.1},\"wall_us\":{wall:.1},\"mib\":{}}}",
            options.durability,
            options.page_size,
            size >> 20,
        );
    };

    let meter = Meter::start();
    commit_all(store, epoch, batch, (0..executions).map(|n| one_turn(&format!("one-{n}"))));
    report("start and close in one turn", executions, meter);

    let waiting = executions / 4;
    let meter = Meter::start();
    commit_all(store, epoch, batch, (0..waiting).map(|n| waiting_turn(&format!("wait-{n}"))));
    report("start and wait", waiting, meter);

    let meter = Meter::start();
    commit_all(store, epoch, batch, (0..waiting).map(|n| closing_turn(&format!("wait-{n}"))));
    report("close", waiting, meter);

    let reads = 10_000.min(executions);
    let meter = Meter::start();
    for n in 0..reads {
        let key = key(&format!("one-{}", n * 7919 % executions));
        let found = block_on(store.execution(&key)).expect("the store is open");
        assert!(found.is_some(), "it was written");
    }
    report("read an execution", reads, meter);

    let meter = Meter::start();
    for _ in 0..100 {
        let filter = ExecutionFilter {
            workflow: Some("orders".into()),
            status: None,
            ..ExecutionFilter::default()
        };
        block_on(store.executions(filter, None, 100)).expect("the store is open");
    }
    report("list 100 executions", 100, meter);
}

/// Commits turns in batches, two under way at a time: one is made while another is written.
fn commit_all(
    store: &SqliteStore,
    epoch: Epoch,
    size: usize,
    mut turns: impl Iterator<Item = Turn>,
) {
    let mut under_way = None;
    loop {
        let writes: Vec<_> =
            turns.by_ref().take(size).map(|turn| Write::Turn(Box::new(turn))).collect();
        let last = writes.is_empty();
        let commit = store.commit(Batch { epoch, writes });
        if let Some(before) = under_way.replace(commit) {
            assert_eq!(block_on(before), Outcome::Committed { conflicts: Vec::new() });
        }
        if last {
            return;
        }
    }
}

fn key(name: &str) -> ExecutionKey {
    // A part that looks random comes first, as in names made by clients.
    let mixed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(29)
    });
    let arn = "arn:aws:states:eu-central-1:123456789012:execution:orders";
    ExecutionKey(format!("{arn}:{mixed:016x}-{name}").into())
}

fn json(len: usize) -> Bytes {
    Bytes::from(format!("{{\"text\":\"{}\"}}", "x".repeat(len)))
}

fn one_turn(name: &str) -> Turn {
    Turn {
        key: key(name),
        base: None,
        workflow: "orders".into(),
        version: None,
        alias: None,
        status: Status::Succeeded,
        started: Timestamp(1_700_000_000_000),
        stopped: Some(Timestamp(1_700_000_000_005)),
        redriven: None,
        wake_at: None,
        owes: false,
        start: Some(json(290)),
        image: Some(Bytes::new()),
        outcome: Some(json(190)),
        journal: Some(JournalEntry { first_event: 1, events: 12, body: json(3_000) }),
        documents: Vec::new(),
        attributes: Attributes::new(),
    }
}

fn waiting_turn(name: &str) -> Turn {
    Turn {
        status: Status::Running,
        stopped: None,
        wake_at: Some(Timestamp(1_700_000_060_000)),
        owes: true,
        image: Some(json(590)),
        outcome: None,
        journal: Some(JournalEntry { first_event: 1, events: 5, body: json(700) }),
        ..one_turn(name)
    }
}

fn closing_turn(name: &str) -> Turn {
    Turn {
        base: Some(Revision(1)),
        start: None,
        journal: Some(JournalEntry { first_event: 6, events: 5, body: json(700) }),
        ..one_turn(name)
    }
}

/// Time passed and time computed since a moment.
struct Meter {
    wall: Instant,
    cpu_ns: u64,
}

impl Meter {
    fn start() -> Self {
        Self { wall: Instant::now(), cpu_ns: cpu_ns() }
    }

    /// Returns microseconds of computing and of waiting for one of `turns`.
    fn per(&self, turns: usize) -> (f64, f64) {
        let cpu = (cpu_ns() - self.cpu_ns) as f64 / 1_000.0;
        let wall = self.wall.elapsed().as_secs_f64() * 1_000_000.0;
        (cpu / turns as f64, wall / turns as f64)
    }
}

/// Returns how long the threads of this process have computed.
fn cpu_ns() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux lists a process's threads");
    let spent = tasks.filter_map(|task| {
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    spent.sum()
}
