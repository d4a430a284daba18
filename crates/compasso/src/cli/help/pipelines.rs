//! What helps with pipelines, and what starts them.

pub(in crate::cli) const VERSIONS: &str = "\
Examples:
  compasso versions list etl
  compasso versions diff etl --from 1 --to 3
  compasso versions alias etl prod 3              etl:prod is version 3
  compasso versions alias etl prod 3=90 4=10      one start in ten runs version 4
  compasso versions delete-alias etl prod";

pub(in crate::cli) const TRIGGERS: &str = "\
Examples:
  compasso triggers order             the triggers of a pipeline, with their health
  compasso triggers order webhook     what became of a trigger's events, the newest first
  compasso triggers replay order webhook 01973f1c2a400000     starts a run of what came then, as the trigger is now

With --json: a line for each row, as the API answers it.";

pub(in crate::cli) const ALERTS: &str = "\
Examples:
  compasso alerts list                what holds now, and what became of what was told last
  compasso alerts test on-call        tells that the rule is tried out

A rule is made by pushing its pipeline, and goes with it.";

pub(in crate::cli) const SCHEDULES: &str = "\
Examples:
  compasso schedules list
  compasso schedules create nightly orders --cron '30 2 * * *' --timezone Europe/Lisbon
  compasso schedules create hourly orders --every 1h --input '{\"day\": \"{% $schedule.date %}\"}'
  compasso schedules pause nightly --reason 'the bank is closed'
  compasso schedules ticks nightly

The server must have [beyond-aws] schedules = true in its settings.";

pub(in crate::cli) const BACKFILL: &str = "\
Examples:
  compasso backfill nightly --from 2026-01-01 --to 2026-02-01 --dry-run
  compasso backfill nightly --from 2026-01-01 --to 2026-02-01 --reprocess failed --max-active 2";

pub(in crate::cli) const BACKFILLS: &str = "\
Examples:
  compasso backfills list nightly
  compasso backfills cancel nightly b-7fe5d2a41c3 --with-runs";

pub(in crate::cli) const CALENDARS: &str = "\
Examples:
  compasso calendars put holidays --ics holidays.ics --date 2026-12-24
  compasso calendars put freeze --weekday SAT --weekday SUN
  compasso calendars list";

pub(in crate::cli) const PAUSE: &str = "\
Examples:
  compasso pause nightly --reason 'the warehouse moves'
  compasso pause nightly --drain     # returns once no run is under way
  compasso pause nightly --until 2026-01-31T06:00:00Z
  compasso pause --all --reason 'the database moves'";

pub(in crate::cli) const RESUME: &str = "\
Examples:
  compasso resume nightly
  compasso resume nightly --catch-up     # ticks that came meanwhile were missed: see 'catchup'";
