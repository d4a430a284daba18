//! What helps with files of definitions and pipelines, without a server.

pub(in crate::cli) const VALIDATE: &str = "\
Examples:
  compasso validate hello.asl.json
  compasso validate --json workflows/*.asl.json
  compasso validate nightly.pipeline.yaml

Exit codes:
  0  no definition has an error; warnings may be there
  1  a definition has an error
  2  wrong usage, or a file cannot be read

With --json: a line for each problem, with file, severity, code, message, location, line, column and
suggestion.";

pub(in crate::cli) const GRAPH: &str = "\
Examples:
  compasso graph nightly.pipeline.yaml

Exit codes:
  0  the graph was printed; with --json in one line for each pipeline
  1  a pipeline has an error
  2  wrong usage, or the file cannot be read";

pub(in crate::cli) const COMPILE: &str = "\
Examples:
  compasso compile --asl nightly.pipeline.yaml > nightly.asl.json
  compasso compile --graph nightly.pipeline.yaml

A pipeline can be a plain definition if its tasks are series and parallels without rules of their
own. The definition takes the params as its input and gives the outputs of the pipeline; what starts
runs is no part of it.

Exit codes:
  0  it was printed; with --json in one line for each pipeline
  1  a pipeline has an error, or is more than a plain definition can say: all that is, by its place
  2  wrong usage, or the file cannot be read";

pub(in crate::cli) const RUN: &str = concat!(
    "\
Examples:
  compasso run hello.asl.json --input '{\"name\": \"you\"}'
  compasso run order.asl.json --input @order.json --mocks mocks.json --case Declined
  compasso run work.asl.json --listen 127.0.0.1:8401     where workers poll for activities
  compasso run etl.pipeline.yaml --params day=2026-01-01 --secret DB_PASSWORD

--secret NAME gives a pipeline the secret NAME: the variable NAME of the environment. What a run
waits for is told beside its tasks.

Ctrl-C stops the execution. An Express workflow is run as a Standard one.

",
    outcomes!()
);

pub(in crate::cli) const TEST: &str = "\
Examples:
  compasso test workflows
  compasso test order.asl.json --mocks mocks.json --case Declined
  compasso test nightly.pipeline.yaml --case 'an empty file fails'

A test case of a definition is one of a mock file, that of a pipeline one of its 'tests': what stands in
for tasks, and what the run must come to. Waits and delays take no time.

Exit codes:
  0  all test cases passed
  1  a test case failed
  2  wrong usage, or a file cannot be used

With --json: a line for each test case, with file, stateMachine, testCase, passed, problems, status,
output, error, cause and path.";

pub(in crate::cli) const TICKS: &str = "\
Examples:
  compasso ticks nightly.pipeline.yaml --from 2026-03-08 --to 2026-03-15
  compasso ticks --every 90m --from 2026-03-08 --limit 3
  compasso ticks --cron '30 2 * * *' --timezone America/New_York --from 2026-03-07 --to 2026-03-10

With --json: a line for each tick, with at, local, date, partition and interval; of a file
also with pipeline and trigger.";

pub(in crate::cli) const INTEGRATIONS: &str = "\
Examples:
  compasso integrations
  compasso integrations dynamodb

With --json: one object with all of them.";

pub(in crate::cli) const COMPLETIONS: &str = "\
Examples:
  compasso completions bash > ~/.local/share/bash-completion/completions/compasso
  compasso completions zsh > \"${fpath[1]}/_compasso\"
  compasso completions fish > ~/.config/fish/completions/compasso.fish";
