//! Feeds random and mutated inputs to the parsers and evaluators of the core: none may panic, and
//! each must keep its law (see [`targets`]).
//!
//! Input number N of a seed is always the same, so a failure is repeated with `--seed` and `--only`.

mod inputs;
mod seeds;
mod targets;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use clap::Parser;

use crate::targets::TARGETS;

/// Random and mutated inputs for every parser and evaluator of the core.
#[derive(Parser)]
struct Arguments {
    /// How many inputs to try, all targets together.
    #[arg(long, default_value_t = 1_000_000)]
    inputs: u64,
    /// Decides the inputs; a new one each time unless given.
    #[arg(long)]
    seed: Option<u64>,
    /// Tries this one input and prints it.
    #[arg(long)]
    only: Option<u64>,
    /// Prints the number of each input before it is tried, to find one that ends the process.
    #[arg(long)]
    trace: bool,
}

/// What went wrong with one input.
struct Finding {
    index: u64,
    target: &'static str,
    problem: String,
}

#[expect(clippy::print_stdout, reason = "the report is what the program is for")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(seed_of_the_moment);
    if let Some(index) = arguments.only {
        println!("{}: {:?}", target_of(index).name, input(seed, index));
        return report(seed, 1, try_input(seed, index).err());
    }
    println!("fuzz: --seed {seed}, {} inputs, {} targets", arguments.inputs, TARGETS.len());
    // A panic is a finding; its message is printed with the input and not on its own.
    panic::set_hook(Box::new(|_| {}));
    let finding = try_all(seed, &arguments);
    report(seed, arguments.inputs, finding)
}

fn seed_of_the_moment() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() % 1_000_000)
}

/// Tries all inputs on all cores and returns the finding with the lowest number.
fn try_all(seed: u64, arguments: &Arguments) -> Option<Finding> {
    let next = AtomicU64::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut findings: Vec<Finding> = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| work(seed, arguments, &next))).collect();
        let joined = workers.into_iter().map(thread::ScopedJoinHandle::join);
        joined.filter_map(|found| found.expect("a worker catches every panic")).collect()
    });
    findings.sort_by_key(|finding| finding.index);
    findings.into_iter().next()
}

#[expect(clippy::print_stdout, reason = "traces and slow inputs are told as they come")]
fn work(seed: u64, arguments: &Arguments, next: &AtomicU64) -> Option<Finding> {
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= arguments.inputs {
            return None;
        }
        if arguments.trace {
            println!("{index}");
        }
        let began = Instant::now();
        if let Err(finding) = try_input(seed, index) {
            // The other workers stop as well.
            next.store(arguments.inputs, Ordering::Relaxed);
            return Some(finding);
        }
        if began.elapsed() > Duration::from_secs(2) {
            println!(
                "slow: {} took {:?}: --seed {seed} --only {index}",
                target_of(index).name,
                began.elapsed()
            );
        }
    }
}

fn target_of(index: u64) -> &'static targets::Target {
    let count = u64::try_from(TARGETS.len()).expect("there are few targets");
    let position = usize::try_from(index % count).expect("there are few targets");
    &TARGETS[position]
}

fn input(seed: u64, index: u64) -> String {
    inputs::make(seed, index, target_of(index).seeds)
}

fn try_input(seed: u64, index: u64) -> Result<(), Finding> {
    let target = target_of(index);
    let text = input(seed, index);
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| (target.check)(&text)));
    let problem = match outcome {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(problem)) => problem,
        Err(panic) => format!("panic: {}", message(panic.as_ref())),
    };
    Err(Finding { index, target: target.name, problem })
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

#[expect(clippy::print_stdout, reason = "the report is what the program is for")]
fn report(seed: u64, inputs: u64, finding: Option<Finding>) -> ExitCode {
    let Some(finding) = finding else {
        println!("fuzz: {inputs} inputs, nothing found");
        return ExitCode::SUCCESS;
    };
    println!("fuzz: {}: {}", finding.target, finding.problem);
    println!("fuzz: input {:?}", input(seed, finding.index));
    println!("fuzz: repeat with --seed {seed} --only {}", finding.index);
    ExitCode::FAILURE
}
