//! What helps with executions and runs.

pub(in crate::cli) const START: &str = concat!(
    "\
Examples:
  compasso start hello --input '{\"name\": \"you\"}'
  compasso start hello --name first --input @input.json --wait
  generate | compasso start hello --input @-
  compasso start etl --params day=2026-01-01 --params limit=100 --wait
  compasso start etl:prod --params-file params.json
  compasso start etl --hold                            no task begins before 'compasso release'

Prints the ARN of the execution or run, or with --wait its output.

",
    outcomes!()
);

pub(in crate::cli) const LIST: &str = "\
Examples:
  compasso list                           workflows
  compasso list --label team=data         pipelines with a label
  compasso list hello --status failed     executions of one
  compasso list hello --json | jq -r .executionArn

With --json: a line for each row, as the API answers it.";

pub(in crate::cli) const DESCRIBE: &str = "\
Examples:
  compasso describe hello:first
  compasso describe hello:first --json | jq -r .output";

pub(in crate::cli) const HISTORY: &str = "\
Examples:
  compasso history hello:first
  compasso history hello:first --reverse --limit 1

With --json: a line for each event, as the API answers it, with all of its data.";

pub(in crate::cli) const LOGS: &str = "\
Examples:
  compasso logs hello:first
  compasso logs -f hello:first            ends when the execution closes

With --json: a line for each line, with line, at, state, entry, attempt, stream and text.";

pub(in crate::cli) const STOP: &str = "\
Examples:
  compasso stop hello:first
  compasso stop hello:first --error Enough --cause 'not needed any more'";

pub(in crate::cli) const REDRIVE: &str = "\
Examples:
  compasso redrive hello:first
  compasso redrive hello:first --wait && echo well done

States that ended are not run again; those that failed or were given up are.";

pub(in crate::cli) const COPY: &str = "\
Examples:
  compasso copy hello:first --from Greet
  compasso copy hello:first --from Greet --input '{\"name\": \"Ada\"}' --wait

The server must have [beyond-aws] copies = true in its settings.";

pub(in crate::cli) const SIGNAL: &str = "\
Examples:
  compasso signal orders:first paid
  compasso signal orders:first paid --payload '{\"amount\": 12}' --id invoice-7

For executions of state machines the server must have [beyond-aws] signals = true in its settings;
runs of pipelines take signals always.";

pub(in crate::cli) const SEARCH: &str = "\
Examples:
  compasso search 'status = FAILED and started > now-24h'
  compasso search 'workflow = orders and input.customer = \"c-1\" and duration > 5m'
  compasso search 'labels.team = data and status = FAILED'       runs of pipelines with a label
  compasso search 'not status in (SUCCEEDED, RUNNING)' --earliest-first --limit 10

The server must have [beyond-aws] search = true in its settings. With --json: a line for each.";

pub(in crate::cli) const WAIT: &str = concat!(
    "\
Examples:
  compasso wait hello:first && echo well done

Prints the output of the execution; with --json its description.

",
    outcomes!()
);
