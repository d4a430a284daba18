//! `compasso logs …`

use clap::Args;

/// Which lines are printed.
#[derive(Args, Clone, Debug)]
pub(crate) struct Lines {
    /// Go on until the execution closes.
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Only those of a task, and of what is inside of it.
    #[arg(short, long)]
    task: Option<String>,
    /// Only those among so many at the end of the log.
    #[arg(short = 'n', long, value_name = "LINES")]
    tail: Option<u64>,
    /// Only those with a text in them, in letters of either case.
    #[arg(short, long, value_name = "TEXT")]
    grep: Option<String>,
}

impl Lines {
    /// Returns the task that is meant, if one is.
    pub(crate) fn task(&self) -> Option<&str> {
        self.task.as_deref()
    }

    /// Returns the query of a request for the lines after number `after`.
    pub(crate) fn query(&self, after: u64, follow: bool) -> Vec<(&'static str, String)> {
        let mut query = vec![("after", after.to_string()), ("follow", follow.to_string())];
        // Who reads on has the number of a line.
        query.extend(self.tail.filter(|_| after == 0).map(|most| ("tail", most.to_string())));
        query.extend(self.task.clone().map(|task| ("task", task)));
        query.extend(self.grep.clone().map(|text| ("q", text)));
        query
    }
}
