//! The command line holds what its help says.

use clap::CommandFactory as _;

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_examples_that_can_be_parsed() {
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let line = help.lines().find_map(|line| line.trim().strip_prefix("compasso "));
        let line = line.unwrap_or_else(|| panic!("{name} has no example"));
        let words = ["compasso".to_owned()].into_iter().chain(arguments(line));
        Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Returns the arguments that a shell makes of an example: up to what explains it, pipes it or
/// sends it elsewhere, with what stands in quotes as one.
fn arguments(line: &str) -> Vec<String> {
    let example = line.split("  ").next().unwrap_or_default();
    let mut arguments = vec![String::new()];
    let mut quoted = false;
    for character in example.chars() {
        match character {
            '\'' => quoted = !quoted,
            '<' | '>' | '|' | '&' if !quoted => break,
            ' ' if !quoted => arguments.push(String::new()),
            other => arguments.last_mut().expect("there is a first").push(other),
        }
    }
    arguments.retain(|argument| !argument.is_empty());
    arguments
}

#[test]
fn a_status_may_be_written_as_the_api_does() {
    for status in ["failed", "FAILED", "TIMED_OUT", "timed-out"] {
        assert!(Cli::try_parse_from(["compasso", "list", "w", "--status", status]).is_ok());
    }
    let error = Cli::try_parse_from(["compasso", "list", "w", "--status", "faild"]).unwrap_err();
    assert!(error.to_string().contains("'failed'"), "{error}");
}
