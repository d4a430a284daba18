import { beforeAll, expect, it, vi } from 'vitest';
import { markAs, quoted, rerunAs, stopAs } from './equivalents';

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
