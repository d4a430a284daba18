//! The engine keeps its promises in clusters with trouble, and the checker would notice if not.

use compasso_sim::{Mutant, run};

/// How many seeds the intact version is tried with here; `make sim` tries many more.
const SEEDS: u64 = 100;
/// How many others are simulated twice.
const AGAIN: u64 = 50;
/// Within how many seeds a mutant must be noticed.
const PATIENCE: u64 = 800;
/// How often one must be noticed within these that no single seed is to be relied on for.
const OFTEN: usize = 5;

#[test]
fn what_is_promised_is_kept_whatever_happens_to_nodes_and_messages() {
    for seed in 0..SEEDS {
        let verdict = run(seed, None);
        assert_eq!(verdict.problems, [""; 0], "seed {seed}");
    }
}

#[test]
fn a_seed_means_the_same_each_time() {
    for seed in SEEDS..SEEDS + AGAIN {
        assert_eq!(run(seed, None), run(seed, None), "seed {seed}");
    }
}

fn assert_noticed(mutant: Mutant) {
    let is_noticed = |seed| !run(seed, Some(mutant)).problems.is_empty();
    assert!((0..PATIENCE).any(is_noticed), "nobody notices {mutant}");
}

#[test]
fn commits_of_an_owner_that_lost_the_store_are_noticed() {
    assert_noticed(Mutant::NoFence);
}

/// It takes a commit that is under way while the owner changes, and nobody who reads all again later.
#[test]
fn a_fence_that_is_only_looked_at_is_noticed_again_and_again() {
    let is_noticed = |seed: &u64| !run(*seed, Some(Mutant::UnlockedFence)).problems.is_empty();
    assert!((0..PATIENCE).filter(is_noticed).take(OFTEN).count() == OFTEN, "it is rarely noticed");
}

#[test]
fn turns_over_other_turns_are_noticed() {
    assert_noticed(Mutant::NoRevisionCheck);
}

#[test]
fn a_name_that_is_used_twice_is_noticed() {
    assert_noticed(Mutant::NameTakenTwice);
}

#[test]
fn answers_before_the_commit_are_noticed() {
    assert_noticed(Mutant::AnswerBeforeCommit);
}

#[test]
fn an_unknown_outcome_that_counts_as_refused_is_noticed() {
    assert_noticed(Mutant::UnknownIsRefused);
}

#[test]
fn forgotten_timers_are_noticed() {
    assert_noticed(Mutant::TimersForgotten);
}

#[test]
fn forgotten_tasks_are_noticed() {
    assert_noticed(Mutant::TasksForgotten);
}

#[test]
fn results_of_other_attempts_are_noticed() {
    assert_noticed(Mutant::AnyAttempt);
}

#[test]
fn results_of_other_states_are_noticed() {
    assert_noticed(Mutant::AnyEntry);
}

#[test]
fn leases_by_the_clocks_of_nodes_are_noticed() {
    assert_noticed(Mutant::LeaseOnNodesClock);
}

#[test]
fn a_mutex_that_several_hold_is_noticed() {
    assert_noticed(Mutant::MutexForAll);
}

#[test]
fn leases_that_run_out_too_soon_are_noticed() {
    assert_noticed(Mutant::ShortLease);
}

#[test]
fn gates_that_open_before_it_is_known_who_passed_are_noticed() {
    assert_noticed(Mutant::GatesOpenEarly);
}

#[test]
fn places_that_are_free_before_the_end_is_stored_are_noticed() {
    assert_noticed(Mutant::FreedBeforeStored);
}
