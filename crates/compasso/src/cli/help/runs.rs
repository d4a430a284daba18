//! What helps with the tasks of runs of pipelines, and in their scripts.

pub(in crate::cli) const TASKS: &str = "\
Examples:
  compasso tasks nightly:01J9ZK3T
  compasso tasks nightly:01J9ZK3T --json | jq 'select(.state == \"failed\")'

WHY tells of a task that waits what holds it back, and of one that failed its error.";

pub(in crate::cli) const ARTIFACTS: &str = "\
Examples:
  compasso artifacts nightly:01J9ZK3T
  compasso artifacts nightly:01J9ZK3T -o files";

pub(in crate::cli) const RERUN: &str = "\
Examples:
  compasso rerun daily:r1                       what failed, and what did not run because of that
  compasso rerun daily:r1 --from load --wait    load, and all that comes after it
  compasso rerun daily:r1 --task load[br]       one instance of load, nothing else
  compasso rerun daily:r1 --task area[br].load  one task in an instance of the group area
  compasso rerun daily:r1 --all --params limit=7
  compasso rerun daily:r1 --new --version latest  another run of the newest version
  compasso rerun daily:r1 --new --label ticket=T-7

All other tasks keep their state and output. A task in a group is called group.task.";

pub(in crate::cli) const HOLD: &str = "\
Examples:
  compasso hold nightly:4711 publish
  compasso hold nightly:4711 load.clean       a task of the group 'load'
  compasso hold nightly:4711                  all tasks that have not begun

A task has not begun as long as it waits for a worker, a pool or a mutex. One that has cannot be held.
'compasso pause PIPELINE --hold' holds the tasks of all runs back.";

pub(in crate::cli) const RELEASE: &str = "\
Examples:
  compasso release nightly:4711 publish
  compasso release nightly:4711               all tasks that are held";

pub(in crate::cli) const SKIP: &str = "\
Examples:
  compasso skip nightly:4711 publish

The task is skipped when its turn comes, or at once if it is held and its turn has come. What needs
it follows its own rule.";

pub(in crate::cli) const MARK: &str = "\
Examples:
  compasso mark nightly:4711 load success --reason 'loaded by hand'
  compasso mark nightly:4711 count success --output '{\"rows\": 42}'
  compasso mark nightly:4711 publish skipped
  compasso mark nightly:4711 load[br] success   one instance

What is under way for the task is given up. What did not run because of it is looked at again; what
has run stays as it is. A closed run goes on in another generation.";

pub(in crate::cli) const COMPENSATE: &str = "\
Examples:
  compasso compensate orders:4711
  compasso compensate orders:4711 --wait

Exit codes:
  0  it has begun; with --wait: all was undone
  1  with --wait: something could not be undone
  2  wrong usage, or the command could not do its work";

pub(in crate::cli) const APPROVALS: &str = "\
Examples:
  compasso approvals list
  compasso approvals approve 4f0c3e7a --comment 'go on' --form '{\"canary\": 20}'
  compasso approvals reject 4f0c3e7a --comment 'not today'";

pub(in crate::cli) const OUTPUT: &str = "\
Examples:
  compasso output rows=42 'list:=[1, 2]'
  compasso output \"note=$(cat note.txt)\"

Only in a script of a pipeline: its task gives it the file in COMPASSO_OUTPUT.";

pub(in crate::cli) const BEAT: &str = "\
Examples:
  compasso beat
  while work; do compasso beat; done

Only in a script of a pipeline: its task gives it COMPASSO_URL and COMPASSO_TOKEN.";

pub(in crate::cli) const ARTIFACT: &str = "\
Examples:
  compasso artifact put report.html
  compasso artifact put target/app --name bin/app

Only in a script of a pipeline: its task gives it the directory in COMPASSO_ARTIFACTS.";
