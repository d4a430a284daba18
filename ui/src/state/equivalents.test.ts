import { beforeAll, expect, it, vi } from 'vitest';
import { backfillAs, markAs, quoted, rerunAs, startAs, stopAs } from './equivalents';

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

it('writes what a form says, and leaves out what it does not', () => {
  const machine = 'arn:aws:states:us-east-1:000000000000:stateMachine:order';
  expect(startAs(machine, '', '{"a": 1}')[0]!.text).toBe(`compasso start ${machine} --input '{"a": 1}'`);
  expect(startAs(machine, 'o-1', '{}')[1]!.text).toContain("start-execution --state-machine-arn");
  expect(stopAs(RUN, 'Operator')[0]!.text).toBe(`compasso stop ${RUN} --error Operator`);
  const [cli] = backfillAs('nightly', { from: '2026-01-01', to: '2026-02-01', maxActive: 4 });
  expect(cli!.text).toBe('compasso backfill nightly --from 2026-01-01 --to 2026-02-01 --max-active 4');
});
