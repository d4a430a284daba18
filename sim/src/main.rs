//! `compasso-sim`: simulates one seed after another and prints those that break a promise.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use compasso_sim::run;

/// Simulates clusters with faults by seed and checks what is promised.
#[derive(Parser)]
struct Options {
    /// How many seeds.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Stops at the first seed that breaks a promise.
    #[arg(long)]
    first: bool,
}

/// Most problems of one seed that are printed.
const PROBLEMS_MAX: usize = 5;

fn main() -> ExitCode {
    let options = Options::parse();
    let began = Instant::now();
    let (mut broken, mut commits) = (0_u64, 0_u64);
    for seed in options.from..options.from + options.seeds {
        let verdict = run(seed, None);
        commits += verdict.commits;
        if verdict.problems.is_empty() {
            continue;
        }
        broken += 1;
        println!("seed {seed}:");
        verdict.problems.iter().take(PROBLEMS_MAX).for_each(|problem| println!("  {problem}"));
        if options.first {
            break;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let rate = options.seeds as f64 / seconds;
    println!("{} seeds, {commits} commits, {seconds:.1} s, {rate:.0} seeds/s", options.seeds);
    ExitCode::from(u8::from(broken > 0))
}
