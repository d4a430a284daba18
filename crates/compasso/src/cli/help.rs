//! What `--help` says after the options: examples, and what exit codes mean.

macro_rules! outcomes {
    () => {
        "\
Exit codes:
  0  the execution succeeded
  1  it failed
  2  wrong usage, or the command could not do its work
  3  it timed out
  4  it was aborted"
    };
}

pub(super) const COMPASSO: &str = "\
Examples:
  compasso dev .                          serve, and load and watch the definitions here
  compasso validate hello.asl.json
  compasso run hello.asl.json --input '{\"name\": \"you\"}'
  compasso push hello.asl.json
  compasso start hello --input @input.json --wait

Exit codes:
  0  done; of an execution: it succeeded
  1  the execution failed; validate: a definition has an error
  2  wrong usage, or the command could not do its work
  3  the execution timed out
  4  the execution was aborted

An option wins over the environment, the environment over compasso.toml.";

pub(super) const POOLS: &str = "\
Examples:
  compasso pools set database 4
  compasso pools list

Pools of [pools] in the server's settings are changed there.";

pub(super) const TASKS: &str = "\
Examples:
  compasso tasks nightly:01J9ZK3T
  compasso tasks nightly:01J9ZK3T --instances load --state failed
  compasso tasks nightly:01J9ZK3T --json | jq 'select(.state == \"failed\")'

WHY tells of a task that waits what holds it back, and of one that failed its error.";

pub(super) const QUEUES: &str = "\
Examples:
  compasso queues

A queue with tasks that wait and without workers needs one: compasso worker --tags TAG,TAG";

pub(super) const WORKERS: &str = "\
Examples:
  compasso workers

The worker called server is the one that the server has built in.";

pub(super) const DELETE: &str = "\
Examples:
  compasso delete pipeline nightly

Runs that are active end before their next task.";

pub(super) const SERVE: &str = "\
Examples:
  compasso serve --data /var/lib/compasso
  compasso serve --listen 127.0.0.1:0     pick a free port; the first line of output names it
  COMPASSO_LOG=debug compasso serve

The first line of standard output is \"compasso is ready on URL\"; with --json it is
{\"endpoint\": URL}, and the log on standard error is JSON lines.";

pub(super) const DEV: &str = "\
Examples:
  compasso dev .
  compasso dev workflows --data /tmp/state --listen 127.0.0.1:8400

NAME.asl.json becomes the workflow NAME; NAME.express.asl.json becomes one of type Express. With
--json, standard output has a line for each workflow that is loaded or cannot be.";

pub(super) const BACKUP: &str = "\
Examples:
  compasso backup /backups/monday --data /var/lib/compasso
  compasso backup /backups/monday --with-vault-key

The copy is what the server kept at one instant. Without the key of the vault, keep that elsewhere:
nobody can read the secrets of a restored server without it.";

pub(super) const RESTORE: &str = "\
Examples:
  compasso restore /backups/monday --data /var/lib/compasso

What happened after the backup is lost: tokens of tasks that began after it are refused from now on.
Tasks that waited when it was made are offered again, and timers that are overdue fire, once.";

pub(super) const FSCK: &str = "\
Examples:
  compasso fsck /backups/monday
  compasso fsck --json | jq .problem

Every row is read: images and journals are applied, large values and artifacts compared with their
digests. Nothing is changed.

Exit codes:
  0  all is whole
  1  something is wrong; a line for each says what and where
  2  wrong usage, or the store cannot be opened: a server that runs is to be stopped, or backed up";

pub(super) const VALIDATE: &str = "\
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

pub(super) const GRAPH: &str = "\
Examples:
  compasso graph nightly.pipeline.yaml

Exit codes:
  0  the graph was printed; with --json in one line for each pipeline
  1  a pipeline has an error
  2  wrong usage, or the file cannot be read";

pub(super) const COMPILE: &str = "\
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

pub(super) const RUN: &str = concat!(
    "\
Examples:
  compasso run hello.asl.json --input '{\"name\": \"you\"}'
  compasso run order.asl.json --input @order.json --mocks mocks.json --case Declined
  compasso run work.asl.json --listen 127.0.0.1:8401     where workers poll for activities
  compasso run etl.pipeline.yaml --params day=2026-01-01 --secret DB_PASSWORD

--secret NAME gives a pipeline the secret NAME: the variable NAME of the environment. What a run waits
for is told beside its tasks.

Ctrl-C stops the execution. An Express workflow is run as a Standard one.

",
    outcomes!()
);

pub(super) const TEST: &str = "\
Examples:
  compasso test workflows
  compasso test order.asl.json --mocks mocks.json --case Declined

A test case is one of a mock file: what stands in for tasks, and what the execution must come to.
Waits and delays take no time.

Exit codes:
  0  all test cases passed
  1  a test case failed
  2  wrong usage, or a file cannot be used

With --json: a line for each test case, with file, stateMachine, testCase, passed, problems, status,
output, error, cause and path.";

pub(super) const INTEGRATIONS: &str = "\
Examples:
  compasso integrations
  compasso integrations dynamodb

With --json: one object with all of them.";

pub(super) const PUSH: &str = "\
Examples:
  compasso push hello.asl.json
  compasso push --endpoint http://10.0.0.5:8400 workflows/*.asl.json
  compasso push etl.pipeline.yaml --description 'load faster'
  compasso push etl.pipeline.yaml --check          say what would change

A definition with an error is shown and not sent; of a file with several pipelines all are stored,
or none. New content of a pipeline is a new version. With --json: a line for each workflow, with
stateMachineArn and change (created, updated or unchanged); for a pipeline with pipeline, version
and change.";

pub(super) const START: &str = concat!(
    "\
Examples:
  compasso start hello --input '{\"name\": \"you\"}'
  compasso start hello --name first --input @input.json --wait
  generate | compasso start hello --input @-
  compasso start etl --params day=2026-01-01 --params limit=100 --wait
  compasso start etl:prod --params-file params.json

Prints the ARN of the execution or run, or with --wait its output.

",
    outcomes!()
);

pub(super) const LIST: &str = "\
Examples:
  compasso list                           workflows
  compasso list hello --status failed     executions of one
  compasso list hello --json | jq -r .executionArn

With --json: a line for each row, as the API answers it.";

pub(super) const TRIGGERS: &str = "\
Examples:
  compasso triggers order             the triggers of a pipeline, with their health
  compasso triggers order webhook     what became of a trigger's events, the newest first

With --json: a line for each row, as the API answers it.";

pub(super) const APPROVALS: &str = "\
Examples:
  compasso approvals list
  compasso approvals approve 4f0c3e7a --comment 'go on' --form '{\"canary\": 20}'
  compasso approvals reject 4f0c3e7a --comment 'not today'";

pub(super) const SECRETS: &str = "\
Examples:
  compasso secrets set API_KEY < key.txt
  compasso secrets list
  compasso secrets delete API_KEY

A value is kept sealed, given only to the task that names it, and masked in logs.";

pub(super) const VERSIONS: &str = "\
Examples:
  compasso versions list etl
  compasso versions diff etl --from 1 --to 3
  compasso versions alias etl prod 3              etl:prod is version 3
  compasso versions alias etl prod 3=90 4=10      one start in ten runs version 4
  compasso versions delete-alias etl prod";

pub(super) const DESCRIBE: &str = "\
Examples:
  compasso describe hello:first
  compasso describe hello:first --json | jq -r .output";

pub(super) const HISTORY: &str = "\
Examples:
  compasso history hello:first
  compasso history hello:first --reverse --limit 1

With --json: a line for each event, as the API answers it, with all of its data.";

pub(super) const LOGS: &str = "\
Examples:
  compasso logs hello:first
  compasso logs -f hello:first            ends when the execution closes

With --json: a line for each line, with line, at, state, entry, attempt, stream and text.";

pub(super) const STOP: &str = "\
Examples:
  compasso stop hello:first
  compasso stop hello:first --error Enough --cause 'not needed any more'";

pub(super) const REDRIVE: &str = "\
Examples:
  compasso redrive hello:first
  compasso redrive hello:first --wait && echo well done

States that ended are not run again; those that failed or were given up are.";

pub(super) const RERUN: &str = "\
Examples:
  compasso rerun daily:r1                       what failed, and what did not run because of that
  compasso rerun daily:r1 --from load --wait    load, and all that comes after it
  compasso rerun daily:r1 --task load[br]       one instance of load, nothing else
  compasso rerun daily:r1 --all --params limit=7

All other tasks keep their state and output. A task in a group is called group.task.";

pub(super) const COPY: &str = "\
Examples:
  compasso copy hello:first --from Greet
  compasso copy hello:first --from Greet --input '{\"name\": \"Ada\"}' --wait

The server must have [beyond-aws] copies = true in its settings.";

pub(super) const SIGNAL: &str = "\
Examples:
  compasso signal orders:first paid
  compasso signal orders:first paid --payload '{\"amount\": 12}' --id invoice-7

For executions of state machines the server must have [beyond-aws] signals = true in its settings;
runs of pipelines take signals always.";

pub(super) const SEARCH: &str = "\
Examples:
  compasso search 'status = FAILED and started > now-24h'
  compasso search 'workflow = orders and input.customer = \"c-1\" and duration > 5m'
  compasso search 'not status in (SUCCEEDED, RUNNING)' --earliest-first --limit 10

The server must have [beyond-aws] search = true in its settings. With --json: a line for each.";

pub(super) const SEARCH_ATTRIBUTES: &str = "\
Examples:
  compasso search-attributes set orders customer=$.customer.id total=$.total
  compasso search-attributes list orders
  compasso search 'input.customer = \"c-1\" and input.total > 100'

The server must have [beyond-aws] search = true in its settings.";

pub(super) const WAIT: &str = concat!(
    "\
Examples:
  compasso wait hello:first && echo well done

Prints the output of the execution; with --json its description.

",
    outcomes!()
);

pub(super) const SCHEDULES: &str = "\
Examples:
  compasso schedules list
  compasso schedules create nightly orders --cron '30 2 * * *' --timezone Europe/Lisbon
  compasso schedules create hourly orders --every 1h --input '{\"day\": \"{% $schedule.date %}\"}'
  compasso schedules pause nightly --reason 'the bank is closed'
  compasso schedules ticks nightly

The server must have [beyond-aws] schedules = true in its settings.";

pub(super) const TICKS: &str = "\
Examples:
  compasso ticks nightly.pipeline.yaml --from 2026-03-08 --to 2026-03-15
  compasso ticks --every 90m --from 2026-03-08 --limit 3
  compasso ticks --cron '30 2 * * *' --timezone America/New_York --from 2026-03-07 --to 2026-03-10

With --json: a line for each tick, with at, local, date, partition and interval; of a file
also with pipeline and trigger.";

pub(super) const WORKER: &str = "\
Examples:
  compasso worker --server http://compasso:8400 --tags linux,gpu --slots 4
  COMPASSO_WORKER_TOKEN=... compasso worker --server https://compasso.example --name build-1

SIGTERM or Ctrl-C lets it finish its tasks and end; a second one ends them at once.";

pub(super) const OUTPUT: &str = "\
Examples:
  compasso output rows=42 'list:=[1, 2]'
  compasso output \"note=$(cat note.txt)\"

Only in a script of a pipeline: its task gives it the file in COMPASSO_OUTPUT.";

pub(super) const BEAT: &str = "\
Examples:
  compasso beat
  while work; do compasso beat; done

Only in a script of a pipeline: its task gives it COMPASSO_URL and COMPASSO_TOKEN.";

pub(super) const ARTIFACT: &str = "\
Examples:
  compasso artifact put report.html
  compasso artifact put target/app --name bin/app

Only in a script of a pipeline: its task gives it the directory in COMPASSO_ARTIFACTS.";

pub(super) const BACKFILL: &str = "\
Examples:
  compasso backfill nightly --from 2026-01-01 --to 2026-02-01 --dry-run
  compasso backfill nightly --from 2026-01-01 --to 2026-02-01 --reprocess failed --max-active 2";

pub(super) const BACKFILLS: &str = "\
Examples:
  compasso backfills list nightly
  compasso backfills cancel nightly b-7fe5d2a41c3 --with-runs";

pub(super) const CALENDARS: &str = "\
Examples:
  compasso calendars put holidays --ics holidays.ics --date 2026-12-24
  compasso calendars put freeze --weekday SAT --weekday SUN
  compasso calendars list";

pub(super) const PAUSE: &str = "\
Examples:
  compasso pause nightly --reason 'the warehouse moves'
  compasso pause nightly --drain     # returns once no run is under way";

pub(super) const RESUME: &str = "\
Examples:
  compasso resume nightly
  compasso resume nightly --catch-up     # what came meanwhile was missed, and 'catchup' says what for";

pub(super) const CONNECTIONS: &str = "\
Examples:
  compasso connections list
  compasso connections create shop --api-key X-Key --secret-env SHOP_KEY
  compasso connections create crm --oauth me --token-url https://crm.example/token --secret-file -
  compasso connections describe shop

Secrets are given by the environment or a file, and never shown. With --json: what the API answers.";

pub(super) const COMPLETIONS: &str = "\
Examples:
  compasso completions bash > ~/.local/share/bash-completion/completions/compasso
  compasso completions zsh > \"${fpath[1]}/_compasso\"
  compasso completions fish > ~/.config/fish/completions/compasso.fish";

pub(super) const HOLD: &str = "\
Examples:
  compasso hold nightly:4711 publish
  compasso hold nightly:4711 load.clean       a task of the group 'load'

A task that has begun cannot be held. 'compasso pause PIPELINE --hold' holds all tasks back.";

pub(super) const RELEASE: &str = "\
Examples:
  compasso release nightly:4711 publish";

pub(super) const SKIP: &str = "\
Examples:
  compasso skip nightly:4711 publish

The task is skipped when its turn comes, or at once if it is held and its turn has come. What needs
it follows its own rule.";

pub(super) const COMPENSATE: &str = "\
Examples:
  compasso compensate orders:4711
  compasso compensate orders:4711 --wait

Exit codes:
  0  it has begun; with --wait: all was undone
  1  with --wait: something could not be undone
  2  wrong usage, or the command could not do its work";

pub(super) const MARK: &str = "\
Examples:
  compasso mark nightly:4711 load success --reason 'loaded by hand'
  compasso mark nightly:4711 count success --output '{\"rows\": 42}'
  compasso mark nightly:4711 publish skipped

What is under way for the task is given up. What did not run because of it is looked at again; what has
run stays as it is. A closed run goes on in another generation.";
