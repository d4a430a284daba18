//! What helps with servers, their workers, and what they keep.

pub(in crate::cli) const SERVE: &str = "\
Examples:
  compasso serve --data /var/lib/compasso
  compasso serve --listen 127.0.0.1:0     pick a free port; the first line of output names it
  COMPASSO_LOG=debug compasso serve

The first line of standard output is \"compasso is ready on URL\"; with --json it is
{\"endpoint\": URL}, and the log on standard error is JSON lines.";

pub(in crate::cli) const DEV: &str = "\
Examples:
  compasso dev .
  compasso dev workflows --data /tmp/state --listen 127.0.0.1:8400
  compasso dev workflows --exclude drafts        leaves workflows/drafts out

NAME.asl.json becomes the workflow NAME; NAME.express.asl.json becomes one of type Express. A file
*.pipeline.yaml holds pipelines, which say their names themselves. With --json, standard output has
a line for each workflow and pipeline that is loaded or cannot be.";

pub(in crate::cli) const WORKER: &str = "\
Examples:
  compasso worker --server http://compasso:8400 --tags linux,gpu --slots 4
  COMPASSO_WORKER_TOKEN=... compasso worker --server https://compasso.example --name build-1

SIGTERM or Ctrl-C lets it finish its tasks and end; a second one ends them at once.";

pub(in crate::cli) const WORKERS: &str = "\
Examples:
  compasso workers

The worker called server is the one that the server has built in.";

pub(in crate::cli) const NODES: &str = "\
Examples:
  compasso nodes
  compasso nodes --endpoint http://node-2.example.com:8400

Any node can be asked. A server with a store of its own has none beside it, and lists none.";

pub(in crate::cli) const QUEUES: &str = "\
Examples:
  compasso queues

A queue with tasks that wait and without workers needs one: compasso worker --tags TAG,TAG";

pub(in crate::cli) const QUARANTINE: &str = "\
Examples:
  compasso quarantine list
  compasso quarantine release orders:4711
  compasso stop orders:4711                   closes one that nothing can mend";

pub(in crate::cli) const POOLS: &str = "\
Examples:
  compasso pools set database 4
  compasso pools list

Pools of [pools] in the server's settings are changed there.";

pub(in crate::cli) const CONNECTIONS: &str = "\
Examples:
  compasso connections list
  compasso connections create shop --api-key X-Key --secret-env SHOP_KEY
  compasso connections create crm --oauth me --token-url https://crm.example/token --secret-file -
  compasso connections describe shop

Secrets are given by the environment or a file, and never shown. With --json: what the API answers.";

pub(in crate::cli) const SECRETS: &str = "\
Examples:
  compasso secrets set API_KEY < key.txt
  compasso secrets list
  compasso secrets delete API_KEY

A value is kept sealed, given only to the task that names it, and masked in logs.";

pub(in crate::cli) const TOKENS: &str = "\
Examples:
  compasso tokens create ci --role author --expires 90d
  compasso tokens create maria --role operator --groups ops,finance
  compasso tokens create builders --role worker
  compasso tokens list
  compasso tokens revoke ci

Commands, workers and scripts show who they are with COMPASSO_TOKEN=cps_…; docs/access.md says what
each role may do.";

pub(in crate::cli) const AUDIT: &str = "\
Examples:
  compasso audit
  compasso audit --who maria --since 24h
  compasso audit --action secret --json
  compasso audit --on pipeline:shop --outcome refused";

pub(in crate::cli) const PUSH: &str = "\
Examples:
  compasso push hello.asl.json
  compasso push --endpoint http://10.0.0.5:8400 workflows/*.asl.json
  compasso push etl.pipeline.yaml --description 'load faster'
  compasso push etl.pipeline.yaml --check          say what would change

A definition with an error is shown and not sent, and the other files are pushed nevertheless (the
exit status is not 0 then); of a file with several pipelines all are stored, or none. New content of
a pipeline is a new version. With --json: a line for each workflow, with stateMachineArn and change
(created, updated or unchanged); for a pipeline with pipeline, version and change.";

pub(in crate::cli) const DELETE: &str = "\
Examples:
  compasso delete pipeline nightly

Runs that are active end before their next task.";

pub(in crate::cli) const SEARCH_ATTRIBUTES: &str = "\
Examples:
  compasso search-attributes set orders customer=$.customer.id total=$.total
  compasso search-attributes list orders
  compasso search 'input.customer = \"c-1\" and input.total > 100'

The server must have [beyond-aws] search = true in its settings.";

pub(in crate::cli) const BACKUP: &str = "\
Examples:
  compasso backup /backups/monday --data /var/lib/compasso
  compasso backup /backups/monday --with-vault-key

The copy is what the server kept at one instant. Without the key of the vault, keep that elsewhere:
nobody can read the secrets of a restored server without it.";

pub(in crate::cli) const RESTORE: &str = "\
Examples:
  compasso restore /backups/monday --data /var/lib/compasso

What happened after the backup is lost: tokens of tasks that began after it are refused from now on.
Tasks that waited when it was made are offered again, and timers that are overdue fire, once.";

pub(in crate::cli) const MIGRATE: &str = "\
Examples:
  compasso migrate --store postgres://compasso@db.example.com/compasso
  compasso migrate --data /var/lib/compasso

Servers do the same when they start. Nodes of the release before may work meanwhile.";

pub(in crate::cli) const FSCK: &str = "\
Examples:
  compasso fsck /backups/monday
  compasso fsck --json | jq .problem

Every row is read: images and journals are applied, large values and artifacts compared with their
digests. Nothing is changed.

Exit codes:
  0  all is whole
  1  something is wrong; a line for each says what and where
  2  wrong usage, or the store cannot be opened: a server that runs is to be stopped, or backed up";
