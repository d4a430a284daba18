import { describe, expect, it } from 'vitest';
import { addRow, machine, raiseRow, removeRow } from './machine';
import { pipeline } from './pipeline';
import { comparedBy, comparisonOf, valueFor } from './rules';
import { isShown, meant, shown } from './typed';

const CHECK = `{
  "StartAt": "Check",
  "States": {
    "Check": {
      "Type": "Choice",
      "Choices": [
        { "Variable": "$.n", "NumericGreaterThan": 3, "Next": "Call" },
        { "And": [{ "Variable": "$.a", "IsPresent": true }, { "Variable": "$.b", "IsNull": false }], "Next": "Done" }
      ],
      "Default": "Done"
    },
    "Call": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Retry": [{ "ErrorEquals": ["States.ALL"] }], "Credentials": {}, "Next": "Done" },
    "Done": { "Type": "Succeed" }
  }
}
`;
const stateOf = (text: string, id: string) => JSON.parse(text).States[id];

describe('rows of states', () => {
  it('are added, moved and taken out, and the others stay as they are written', () => {
    const more = addRow(CHECK, 'Check', 'Choices');
    expect(stateOf(more, 'Check').Choices[2]).toEqual({ Variable: '$', IsPresent: true, Next: 'Call' });
    expect(more).toContain('{ "Variable": "$.n", "NumericGreaterThan": 3, "Next": "Call" },\n        { "And"');
    const raised = raiseRow(CHECK, 'Check', 'Choices', 1);
    expect(raised).toContain('"Choices": [\n        { "And": [');
    expect(stateOf(raised, 'Check').Choices[1].Next).toBe('Call');
    expect(raiseRow(CHECK, 'Check', 'Choices', 0)).toBe(CHECK);
    expect(stateOf(removeRow(CHECK, 'Check', 'Choices', 0), 'Check').Choices).toHaveLength(1);
  });

  it('that take every error stay last', () => {
    const { Retry } = stateOf(addRow(CHECK, 'Call', 'Retry'), 'Call');
    expect(Retry.map(({ ErrorEquals }: { ErrorEquals: string[] }) => ErrorEquals)).toEqual([['States.TaskFailed'], ['States.ALL']]);
  });

  it('begin a list, and take it away with the last of them', () => {
    expect(stateOf(addRow(CHECK, 'Call', 'Catch'), 'Call').Catch).toEqual([{ ErrorEquals: ['States.ALL'], Next: 'Check' }]);
    expect(stateOf(removeRow(CHECK, 'Call', 'Retry', 0), 'Call')).not.toHaveProperty('Retry');
  });
});

describe('rules', () => {
  it('are shown by what they compare, unless they are put together', () => {
    const [first, second] = stateOf(CHECK, 'Check').Choices;
    expect(comparisonOf(first)).toEqual({ variable: '$.n', operator: 'NumericGreaterThan', value: 3 });
    expect(comparisonOf(second)).toBeNull();
    expect(comparisonOf({ Not: {}, Next: 'A' })).toBeNull();
    expect(comparisonOf({ Variable: '$', StringEquals: 'a', IsNull: true, Next: 'A' })).toBeNull();
  });

  it('compare with a value of the kind that the operator wants', () => {
    expect(['StringEquals', 'NumericEqualsPath', 'NumericLessThan', 'IsNull', 'BooleanEquals'].map(comparedBy)).toEqual(['line', 'line', 'number', 'check', 'check']);
    expect(valueFor('StringEquals', 3)).toBe('3');
    expect(valueFor('NumericEquals', '7')).toBe(7);
    expect(valueFor('NumericEquals', 'x')).toBe(0);
    expect(valueFor('IsPresent', 'x')).toBe(true);
    expect(valueFor('StringEqualsPath', 'x')).toBe('$');
    expect(valueFor('TimestampEquals', 'x')).toMatch(/^2030/);
  });
});

describe('forms of states', () => {
  const shownIn = (text: string, id: string) => machine.form(text, id)!.sections.flatMap(({ fields }) => fields.map(({ field }) => field));

  it('have the fields of the language of their expressions', () => {
    expect(shownIn(CHECK, 'Call')).toEqual(expect.arrayContaining(['InputPath', 'ResultPath', 'OutputPath', 'Parameters', 'HeartbeatSeconds']));
    const inJsonata = CHECK.replace('{', '{"QueryLanguage": "JSONata",');
    expect(shownIn(inJsonata, 'Call')).toEqual(expect.arrayContaining(['Arguments', 'Output', 'Assign']));
    expect(shownIn(inJsonata, 'Call')).not.toContain('ResultPath');
  });

  it('set null where it is a value, and make members for what stands in them', () => {
    expect(stateOf(machine.set(CHECK, 'Call', 'InputPath', null), 'Call').InputPath).toBeNull();
    const { text } = machine.add(CHECK, { from: 'Call' }, 'Map')!;
    expect(stateOf(machine.set(text, 'Map', ['ItemProcessor', 'ProcessorConfig', 'Mode'], 'DISTRIBUTED'), 'Map').ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED' });
    const plain = machine.set(text, 'Map', ['ItemProcessor', 'ProcessorConfig'], undefined);
    expect(machine.set(plain, 'Map', ['ItemProcessor', 'ProcessorConfig', 'Mode'], 'INLINE')).toContain('"ProcessorConfig": {\n          "Mode": "INLINE"');
    expect(machine.form(text, 'Map')!.rest).toEqual([]);
  });

  it('say what they leave to the text', () => {
    expect(machine.form(CHECK, 'Call')!.rest).toEqual(['Credentials']);
    expect(machine.form(CHECK, 'Check')!.rest).toEqual([]);
  });
});

const LOAD = `pipeline: load
tasks:
  fetch:
    uses: http    # asks
    with:
      # Where it is.
      url: https://example.com/   # the bank
      headers:
        a: b   # kept
    retry: 3
  wait_for: {needs: fetch, wait: 5m}
  check:
    needs: wait_for
    wait: {file: /in/*.csv, timeout: 1d}
    artifacts: {out: [a]}
`;

describe('forms of tasks', () => {
  it('set members of members, and keep every comment', () => {
    const moved = pipeline.set(LOAD, 'fetch', ['with', 'url'], 'https://example.org/');
    expect(moved).toBe(LOAD.replace('https://example.com/', 'https://example.org/'));
    expect(pipeline.set(LOAD, 'fetch', ['with', 'method'], 'PUT')).toBe(LOAD.replace('a: b   # kept\n', 'a: b   # kept\n      method: PUT\n'));
    expect(pipeline.set(LOAD, 'fetch', ['with', 'url'], undefined)).toBe(LOAD.replace(/ {6}url.*\n/, ''));
  });

  it('write out what stands for one member once there are more', () => {
    expect(pipeline.set(LOAD, 'fetch', ['retry', 'max'], 5)).toContain('    retry: 5\n');
    expect(pipeline.set(LOAD, 'fetch', ['retry', 'delay'], '10s')).toContain('    retry: {max: 3, delay: 10s}\n');
    expect(pipeline.set(LOAD, 'wait_for', ['wait', 'every'], '1m')).toContain('wait: {for: 5m, every: 1m}}');
    expect(pipeline.set(LOAD, 'fetch', ['approve', 'message'], 'Go on?')).toContain('    approve: {message: Go on?}\n');
  });

  it('take out what nothing is left of', () => {
    const one = pipeline.set(LOAD, 'check', ['wait', 'timeout'], undefined);
    expect(one).toContain('    wait: {file: /in/*.csv}\n');
    expect(pipeline.set(one, 'check', ['wait', 'file'], undefined)).toContain('    needs: wait_for\n    artifacts:');
    expect(pipeline.set(LOAD, 'fetch', ['retry', 'delay'], undefined)).toBe(LOAD);
  });

  it('leave to the text what has lines of its own, and what no field shows', () => {
    const { fixed } = pipeline.form(LOAD, 'fetch')!;
    expect(['with.headers', 'with.url', 'uses.*', 'retry.*'].filter((way) => fixed.has(way))).toEqual(['with.headers', 'uses.*']);
    expect(pipeline.form(LOAD.replace(/with:\n(?:.*\n){4}/, 'with: *all\n'), 'fetch')!.fixed).toContain('with.*');
    expect(pipeline.form(LOAD, 'check')!.rest).toEqual(['artifacts']);
  });

  it('offer no needs that would wait for the task itself', () => {
    expect(pipeline.form(LOAD, 'fetch')!.others).toEqual([]);
    expect(pipeline.form(LOAD, 'wait_for')!.others).toEqual(['fetch']);
    expect(pipeline.form(LOAD, 'check')!.others).toEqual(['fetch', 'wait_for']);
    expect(pipeline.targets(LOAD, 'check')).toEqual([]);
    expect(pipeline.targets(LOAD, 'fetch')).toEqual(['wait_for', 'check']);
  });

  it('have the inputs of the action, and others that are written', () => {
    const inputs = (text: string) => pipeline.form(text, 'fetch')!.sections.find(({ part }) => part === 'Inputs')!.fields.map(({ field }) => field);
    expect(inputs(LOAD)).toEqual(expect.arrayContaining(['url', 'method', 'headers']));
    expect(inputs(LOAD.replace('uses: http', 'uses: worker:fetch'))).toEqual(['url', 'headers']);
  });
});

describe('what is typed', () => {
  it.each([
    ['yaml', '10', 10], ['yaml', '"10"', '10'], ['yaml', 'true', true], ['yaml', '10m', '10m'], ['yaml', '[a, 2]', ['a', 2]], ['yaml', '{a: b}', { a: 'b' }],
    ['yaml', '${{ params.n }}', '${{ params.n }}'], ['number', '7', 7], ['number', '{% $n %}', '{% $n %}'], ['names', 'a, b', ['a', 'b']],
    ['json', '{"a": 1}', { a: 1 }], ['json', '{% $states.input %}', '{% $states.input %}'], ['path', 'null', null], ['line', '10', '10'],
  ] as const)('into a field of kind %s as %s is %j, and is shown so again', (as, text, value) => {
    expect(meant(as, text)).toEqual(value);
    expect(meant(as, shown(as, value))).toEqual(value);
  });

  it('is refused where it cannot be read', () => {
    expect(() => meant('number', 'x')).toThrow();
    expect(() => meant('json', '{')).toThrow();
    expect(() => meant('yaml', '[a')).toThrow();
    expect(meant('line', ' ')).toBeUndefined();
  });

  it('cannot stand for what a field does not know', () => {
    expect(isShown('names', [1])).toBe(false);
    expect(isShown('line', { a: 1 })).toBe(false);
    expect(isShown('check', '${{ params.quick }}')).toBe(false);
  });
});
