import type { Group, Kind } from './kinds';

/** How a new task of some kind is written. */
interface Stencil extends Kind {
  lines: readonly string[];
  /** What its writer has to fill in first. */
  blank: string;
}

const stencil = (group: Group) => (id: string, says: string, blank: string, ...lines: string[]): Stencil => ({ id, group, says, blank, lines });
const flow = stencil('Flow');
const uses = (id: string, says: string, blank: string, action: string, ...inputs: string[]): Stencil => ({
  id, says, blank, group: 'Actions', lines: [`uses: ${action}`, ...(inputs.length > 0 ? ['with:', ...inputs.map((line) => `  ${line}`)] : [])],
});
/** Who waits says for how long. */
const waits = (what: string, says: string, blank: string, ...lines: string[]): Stencil => ({
  id: `wait ${what}`, says, blank, group: 'Waits', lines: ['wait:', ...lines.map((line) => `  ${line}`), '  timeout: 1d'],
});

const STENCILS: readonly Stencil[] = [
  flow('run', 'Run', 'echo done', 'run: echo done'),
  flow('steps', 'Steps', 'echo one', 'steps:', '  - run: echo one', '  - run: echo two'),
  flow('group', 'Group', 'echo done', 'tasks:', '  first:', '    run: echo done'),
  flow('each', 'Each', '[1, 2, 3]', 'each: [1, 2, 3]', 'tasks:', '  first:', '    run: echo ${{ item }}'),
  flow('pipeline', 'Pipeline', 'other', 'pipeline: other'),
  flow('machine', 'Machine', 'other', 'machine: other', 'with: {}'),
  flow('approve', 'Approve', 'Go on?', 'approve: {message: "Go on?"}'),
  flow('wait', 'Wait', '1m', 'wait: 1m'),
  flow('noop', 'Noop', '', 'noop: true'),
  uses('http', 'Http', 'https://example.com/', 'http', 'url: https://example.com/'),
  uses('sql', 'Sql', 'CONNECTION', 'sql', 'connection: CONNECTION', 'query: select 1'),
  uses('email', 'Email', 'who@example.com', 'email', 'to: who@example.com', 'subject: SUBJECT', 'body: TEXT'),
  uses('slack', 'Slack', 'TEXT', 'slack', 'text: TEXT'),
  uses('notify', 'Notify', 'TEXT', 'notify', 'text: TEXT'),
  uses('pagerduty', 'Pagerduty', 'KEY', 'pagerduty', 'key: KEY', 'summary: SUMMARY'),
  uses('s3/copy', 'Copy', 's3://BUCKET/in/', 's3/copy', 'from: s3://BUCKET/in/', 'to: s3://BUCKET/out/'),
  uses('transform', 'Transform', 'run.id', 'transform', 'value: ${{ run.id }}'),
  uses('log', 'Log', 'MESSAGE', 'log', 'message: MESSAGE'),
  uses('fail', 'Fail', 'ERROR', 'fail', 'error: ERROR'),
  uses('asset/emit', 'Asset', 'asset://NAME', 'asset/emit', 'uri: asset://NAME'),
  uses('lambda', 'Lambda', 'FUNCTION', 'lambda', 'function: FUNCTION'),
  uses('aws-sdk', 'AwsSdk', 'BUCKET', 'aws-sdk:s3:getObject', 'Bucket: BUCKET', 'Key: KEY'),
  uses('worker', 'Worker', 'NAME', 'worker:NAME'),
  { id: 'wait until', group: 'Waits', says: 'Until', blank: '2030-01-31T06:00:00Z', lines: ['wait: {until: 2030-01-31T06:00:00Z}'] },
  waits('signal', 'Signal', 'NAME', 'signal: NAME'),
  waits('file', 'File', '/landing/*.csv', 'file: /landing/*.csv'),
  waits('object', 'Object', 's3://BUCKET/in/*.csv', 'object: s3://BUCKET/in/*.csv'),
  waits('http', 'WaitHttp', 'https://example.com/', 'http: {url: https://example.com/, expect: status = 200}'),
  waits('sql', 'WaitSql', 'CONNECTION', 'sql: {connection: CONNECTION, query: select 1, expect: $count(rows) > 0}'),
  waits('run', 'WaitRun', 'test -e /tmp/ready', 'run: test -e /tmp/ready'),
  waits('pipeline', 'WaitPipeline', 'other', 'pipeline: {name: other}'),
  waits('asset', 'WaitAsset', 'asset://NAME', 'asset: asset://NAME'),
  waits('event', 'WaitEvent', 'TYPE', 'event: {type: TYPE}'),
];

/** The kinds of tasks, the actions, and what can be waited for. */
export const KINDS: readonly Kind[] = STENCILS;

const AWS = /^aws-sdk:\w+:\w+$/;

/** Returns the kind that a text names, if it is not among those that are offered. */
export const named = (text: string): Kind | null => (AWS.test(text) ? { id: text, group: 'Actions', says: 'Called' } : null);

/** Returns what a task of a kind is called. */
export const nameOf = (kind: string) => (AWS.test(kind) ? kind.split(':')[2]! : kind.replaceAll(/\W+/g, '_'));

/** Returns how a task of a kind is written, and what of it is to be filled in. */
export function workOf(kind: string): Pick<Stencil, 'lines' | 'blank'> {
  return STENCILS.find(({ id }) => id === kind) ?? { lines: [`uses: ${kind}`, 'with: {}'], blank: '{}' };
}
