/** The areas of the console, each with the texts of its file. English is what all other languages are measured by. */
interface English {
  access: typeof import('./en/access.json');
  acts: typeof import('./en/acts.json');
  again: typeof import('./en/again.json');
  aliases: typeof import('./en/aliases.json');
  approvals: typeof import('./en/approvals.json');
  backfills: typeof import('./en/backfills.json');
  bulk: typeof import('./en/bulk.json');
  calendar: typeof import('./en/calendar.json');
  common: typeof import('./en/common.json');
  connections: typeof import('./en/connections.json');
  data: typeof import('./en/data.json');
  frame: typeof import('./en/frame.json');
  graph: typeof import('./en/graph.json');
  grid: typeof import('./en/grid.json');
  heat: typeof import('./en/heat.json');
  histogram: typeof import('./en/histogram.json');
  history: typeof import('./en/history.json');
  keys: typeof import('./en/keys.json');
  logs: typeof import('./en/logs.json');
  mapRun: typeof import('./en/mapRun.json');
  metrics: typeof import('./en/metrics.json');
  overview: typeof import('./en/overview.json');
  palette: typeof import('./en/palette.json');
  pipelines: typeof import('./en/pipelines.json');
  run: typeof import('./en/run.json');
  runs: typeof import('./en/runs.json');
  schedules: typeof import('./en/schedules.json');
  secrets: typeof import('./en/secrets.json');
  server: typeof import('./en/server.json');
  session: typeof import('./en/session.json');
  settings: typeof import('./en/settings.json');
  start: typeof import('./en/start.json');
  status: typeof import('./en/status.json');
  steer: typeof import('./en/steer.json');
  step: typeof import('./en/step.json');
  studio: typeof import('./en/studio.json');
  timeline: typeof import('./en/timeline.json');
  triggers: typeof import('./en/triggers.json');
  units: typeof import('./en/units.json');
  when: typeof import('./en/when.json');
  workers: typeof import('./en/workers.json');
  workflows: typeof import('./en/workflows.json');
}

export type Area = keyof English;

/** The name of a text: its area, a dot, its name there. */
export type Key = { [A in Area]: `${A}.${keyof English[A] & string}` }[Area];

/** What stands for a word of the server. */
export type ServerWord = keyof English['server'] & string;

/** One text, or one for each plural form of a language: the value `n` tells which. */
export type Message = string | Readonly<{ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>>;

/** The texts of one area, by name. */
export type Messages = Readonly<Record<string, Message>>;
