import type { FieldKind, FieldOf, Section } from './writing';

const of = (member: string, as: FieldKind, ...names: string[]): FieldOf[] => names.map((field) => ({ field, of: member, as }));
const fields = (as: FieldKind, ...names: string[]): FieldOf[] => names.map((field) => ({ field, as }));

/** The inputs of actions, those first that must be there. */
const INPUTS: Record<string, string> = {
  http: 'url method headers query body form auth connection timeout redirects expect wait',
  sql: 'connection query script bind expect timeout max_rows',
  email: 'to subject body html cc bcc from reply_to',
  slack: 'text webhook channel blocks',
  notify: 'text to title severity fields',
  pagerduty: 'key summary severity source event dedup_key details link url',
  's3/copy': 'from to',
  'asset/emit': 'uri partition metadata',
  transform: 'value',
  log: 'message level data',
  fail: 'error cause',
  lambda: 'function payload type qualifier context log',
};
const RULES = [
  'all_success', 'all_done', 'all_failed', 'any_success', 'any_failed', 'any_done', 'none_failed', 'none_failed_min_one_success', 'none_skipped',
  'all_skipped', 'all_done_min_one_success', 'always',
];
const WAITS = ['for', 'until', 'signal', 'file', 'object', 'http', 'sql', 'run', 'pipeline', 'asset', 'event'];

/** What a task does, by the member that says so. */
const OWN: Record<string, () => FieldOf[]> = {
  run: () => [...fields('text', 'run'), ...fields('line', 'shell'), { field: 'output', as: 'line', options: ['auto', 'json', 'text', 'lines', 'none'] }],
  uses: () => [{ field: 'uses', as: 'line', options: Object.keys(INPUTS) }],
  pipeline: () => fields('yaml', 'pipeline'),
  machine: () => fields('yaml', 'machine'),
  approve: () => [
    ...of('approve', 'line', 'message'), ...of('approve', 'names', 'by'), ...of('approve', 'number', 'count'), ...of('approve', 'yaml', 'timeout'),
    { field: 'on_timeout', of: 'approve', as: 'choice', options: ['reject', 'approve', 'fail'] },
    { field: 'on_reject', of: 'approve', as: 'choice', options: ['fail', 'skip'] },
    ...of('approve', 'yaml', 'form'), ...of('approve', 'check', 'not_by_starter'),
  ],
  wait: () => [
    { field: 'for', of: 'wait', as: 'one', options: WAITS }, ...of('wait', 'yaml', 'timeout', 'every'),
    { field: 'on_timeout', of: 'wait', as: 'choice', options: ['fail', 'skip', 'success'] },
  ],
};
/** Tasks that are given inputs by name. */
const GIVEN = ['uses', 'pipeline', 'machine'];

/** The inputs that an action knows, and those that are written. */
function inputsOf({ uses, with: written }: Values): string[] {
  const known = (INPUTS[String(uses)] ?? '').split(' ').filter((name) => name !== '');
  return [...new Set([...known, ...(typeof written === 'object' && written !== null ? Object.keys(written) : [])])];
}

type Values = Readonly<Record<string, unknown>>;

/** Returns the fields of a task, by what it does. */
export function sectionsOf(values: Values): Section[] {
  const work = Object.keys(OWN).find((name) => name in values);
  return [
    { fields: [...(work ? OWN[work]!() : []), ...fields('line', 'name')] },
    ...(GIVEN.some((name) => name in values) ? [{ part: 'Inputs', fields: of('with', 'yaml', ...inputsOf(values)) } satisfies Section] : []),
    { part: 'Condition', fields: [...fields('line', 'if'), { field: 'when', as: 'choice', options: RULES }] },
    { part: 'Instances', fields: [...fields('yaml', 'each', 'key', 'max_parallel', 'tolerate', 'batch'), ...fields('check', 'fail_fast')] },
    {
      part: 'Attempts',
      fields: [
        ...of('retry', 'number', 'max'), ...of('retry', 'yaml', 'delay', 'backoff', 'max_delay'), ...of('retry', 'names', 'on', 'except'),
        { field: 'jitter', of: 'retry', as: 'choice', options: ['full', 'none'] },
        ...fields('yaml', 'timeout', 'total_timeout', 'heartbeat'), ...fields('check', 'allow_failure'),
      ],
    },
    { part: 'Where', fields: [...fields('names', 'runs_on'), ...fields('line', 'pool', 'mutex'), ...fields('number', 'priority')] },
  ];
}
