import { beforeAll, expect, it, vi } from 'vitest';
import type { Order } from '../api/client';
import { commandsOf, quoted } from './commands';
import { backfillAs, keepSecretAs, markAs, pushAs, rerunAs, runOf, startAs, startPipelineAs, stopAs } from './equivalents';

const RUN = 'arn:aws:states:us-east-1:000000000000:run:nightly:monday';

beforeAll(() => vi.stubGlobal('location', { origin: 'http://localhost:8400' }));

it('writes words so that a shell takes them as they are', () => {
  expect(quoted('arn:aws:states:us-east-1:1:run:a:b')).toBe('arn:aws:states:us-east-1:1:run:a:b');
  expect(quoted(`it's {"a": 1}`)).toBe(`'it'\\''s {"a": 1}'`);
  expect(quoted('')).toBe("''");
});

it('has no command of AWS for what only this server has', () => {
  expect(stopAs(RUN).map(({ by }) => by)).toEqual(['cli', 'curl']);
  expect(stopAs(RUN.replace(':run:', ':execution:')).map(({ by }) => by)).toEqual(['cli', 'aws', 'curl']);
});

it('writes what is given along', () => {
  const [cli, curl] = markAs(RUN, 'load', { state: 'success', output: { rows: 42 }, reason: 'by hand' });
  expect(cli!.text).toBe(`compasso mark ${RUN} load success --output '{"rows":42}' --reason 'by hand'`);
  expect(curl!.text).toContain('/tasks/load/mark --json \'{"state":"success"');
});

it('names the tasks and the params that run again', () => {
  const [cli] = rerunAs(RUN, { from: ['load'], params: { limit: 7 } });
  expect(cli!.text).toBe(`compasso rerun ${RUN} --from load --params limit:=7`);
});

it('says how a secret is kept before it has a name, and never its value', () => {
  expect(keepSecretAs('').map(({ text }) => text)).toEqual(['compasso secrets set NAME']);
  expect(keepSecretAs('API_KEY')[0]!.text).toBe('compasso secrets set API_KEY');
});

it('names the version of another run', () => {
  const [cli] = rerunAs(RUN, { new: true, version: 'latest' });
  expect(cli!.text).toBe(`compasso rerun ${RUN} --new --version latest`);
});

it('writes what a form says, and leaves out what it does not', () => {
  const machine = 'arn:aws:states:us-east-1:000000000000:stateMachine:order';
  expect(startAs({ workflow: machine, input: '{"a": 1}' })[0]!.text).toBe(`compasso start ${machine} --input '{"a": 1}'`);
  expect(startAs({ workflow: machine, name: 'o-1', input: '{}' })[1]!.text).toContain("start-execution --state-machine-arn");
  expect(stopAs(RUN, 'Operator')[0]!.text).toBe(`compasso stop ${RUN} --error Operator`);
  const [cli] = backfillAs('nightly', { from: '2026-01-01', to: '2026-02-01', maxActive: 4 });
  expect(cli!.text).toBe('compasso backfill nightly --from 2026-01-01 --to 2026-02-01 --max-active 4');
});

it('writes labels, which AWS has no command for', () => {
  const fields = new FormData();
  fields.set('name', ' monday ');
  fields.set('labels', 'ticket=T-1\nteam=data science');
  const run = runOf(fields);
  expect(run).toEqual({ name: 'monday', labels: { ticket: 'T-1', team: 'data science' } });
  const labels = "--name monday --label ticket=T-1 --label 'team=data science'";
  expect(startPipelineAs('nightly', { ...run, params: {} })[0]!.text).toBe(`compasso start nightly ${labels}`);
  const [cli, aws] = startAs({ workflow: 'order', input: '{}', ...run });
  expect(cli!.text).toBe(`compasso start order --input '{}' ${labels}`);
  expect(aws).toEqual({ by: 'aws', text: null });
});

it('writes what was done by its request alone', () => {
  const run = encodeURIComponent(RUN);
  const cli = (method: Order['method'], path: string, body?: unknown) => commandsOf({ method, path, body })[0]!.text;
  expect(cli('POST', `/runs/${run}/tasks/load.clean/skip`, {})).toBe(`compasso skip ${RUN} load.clean`);
  expect(cli('POST', `/runs/${run}/hold`, {})).toBe(`compasso hold ${RUN}`);
  expect(cli('POST', `/runs/${run}/cancel`, { cause: 'by hand' })).toBe(`compasso stop ${RUN} --cause 'by hand' --cancel`);
  expect(cli('POST', '/approvals/a-1', { decision: 'approve', form: { window: 'now' } })).toBe(`compasso approvals approve a-1 --form '{"window":"now"}'`);
  expect(cli('POST', '/pipelines/nightly/backfills/b-1/pause', {})).toBe('compasso backfills pause nightly b-1');
  expect(cli('POST', '/tokens', { name: 'ci', role: 'author', groups: ['ops', 'dev'], expires: '90d' })).toBe(
    'compasso tokens create ci --role author --groups ops,dev --expires 90d',
  );
  expect(cli('POST', '/breakers/shop/reset', {})).toBe("curl http://localhost:8400/api/v1/breakers/shop/reset --json '{}'");
});

it('has a command for one schedule of a state machine, and a request for others', () => {
  const rest = (ids: string[], more = {}) => commandsOf({ method: 'POST', path: '/schedules/pause', body: { ids, ...more } }).map(({ text }) => text);
  const one = 'arn:aws:states:us-east-1:000000000000:schedule:night';
  expect(rest([one], { reason: 'moved' })[0]).toBe('compasso schedules pause night --reason moved');
  expect(rest([one, one])).toHaveLength(1);
  expect(rest([one], { until: '2027-01-01T00:00:00Z' })).toHaveLength(1);
  expect(rest(['arn:aws:states:us-east-1:000000000000:pipeline:nightly/night'])).toHaveLength(1);
});

it('publishes a draft from a file whose name says what it is', () => {
  expect(pushAs('nightly', 'PIPELINE', 'more rows')[0]!.text).toBe("compasso push nightly.pipeline.yaml --description 'more rows'");
  expect(pushAs('order', 'EXPRESS', 'faster')[0]!.text).toBe('compasso push order.express.asl.json');
});

it('never writes out what is secret', () => {
  expect(commandsOf({ method: 'PUT', path: '/secrets/DB', body: {} })).toEqual([{ by: 'cli', text: 'compasso secrets set DB' }]);
  const connection = { Name: 'shop', AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'X-Key' } } };
  expect(commandsOf({ method: 'POST', path: '/connections', body: connection })).toEqual([
    { by: 'cli', text: 'compasso connections create shop --api-key X-Key --secret-file -' },
  ]);
});
