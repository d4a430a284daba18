//! `compasso-sim`: simulates one seed after another and prints those that break a promise.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use clap::Parser;
use compasso_sim::{Mutant, run};

/// A simulation is many small values that come and go.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Most problems of one seed that are printed.
const PROBLEMS_MAX: usize = 5;

/// Simulates clusters with faults by seed and checks what is promised.
#[derive(Parser)]
struct Options {
    /// How many seeds.
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Every how manyth seed is simulated twice, and must come to the same; 0: none.
    #[arg(long, default_value_t = 50)]
    again: u64,
    /// Threads that simulate.
    #[arg(long, default_value_t = thread::available_parallelism().map_or(1, usize::from))]
    jobs: usize,
    /// Prints what happens to nodes and commits, best with one seed and one job.
    #[arg(long)]
    trace: bool,
    /// A mistake to make, by its name; all seeds that notice it are printed.
    #[arg(long, value_parser = mutant)]
    mutant: Option<Mutant>,
}

fn mutant(name: &str) -> Result<Mutant, String> {
    let known = Mutant::ALL.into_iter().find(|mutant| mutant.to_string() == name);
    known.ok_or_else(|| {
        let names: Vec<_> = Mutant::ALL.iter().map(ToString::to_string).collect();
        format!("one of {}", names.join(", "))
    })
}

/// What all threads together found.
#[derive(Default)]
struct Tally {
    next: AtomicU64,
    broken: AtomicU64,
    commits: AtomicU64,
}

#[expect(clippy::print_stdout, reason = "the report is what the program is for")]
fn main() -> ExitCode {
    let options = Options::parse();
    if options.trace {
        let printer = tracing_subscriber::fmt().without_time().with_ansi(false);
        printer.with_max_level(tracing::Level::DEBUG).with_writer(std::io::stderr).init();
    }
    let (began, tally) = (Instant::now(), Tally::default());
    thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| work(&options, &tally));
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    let (seeds, broken) = (options.seeds, tally.broken.load(Ordering::Relaxed));
    let rate = seeds as f64 / seconds / options.jobs.max(1) as f64;
    let commits = tally.commits.load(Ordering::Relaxed);
    println!("{seeds} seeds, {broken} broken, {commits} commits, {seconds:.1} s");
    println!("{rate:.0} seeds a second and thread");
    ExitCode::from(u8::from(broken > 0))
}

#[expect(clippy::print_stdout, reason = "broken seeds are told as they come")]
fn work(options: &Options, tally: &Tally) {
    loop {
        let number = tally.next.fetch_add(1, Ordering::Relaxed);
        if number >= options.seeds {
            return;
        }
        let seed = options.from + number;
        let mut verdict = run(seed, options.mutant);
        let is_checked = number.checked_rem(options.again) == Some(0);
        if is_checked && run(seed, options.mutant) != verdict {
            verdict.problems.push("came to something else when it was simulated again".into());
        }
        tally.commits.fetch_add(verdict.commits, Ordering::Relaxed);
        if !verdict.problems.is_empty() {
            tally.broken.fetch_add(1, Ordering::Relaxed);
            let problems: Vec<_> = verdict.problems.into_iter().take(PROBLEMS_MAX).collect();
            println!("seed {seed}:\n  {}", problems.join("\n  "));
        }
    }
}
