import { describe, expect, it } from 'vitest';
import { compile } from '../graph/compile';
import { machine } from './machine';
import { pipeline } from './pipeline';
import { change } from './writing';

const ORDER = `{
    "StartAt": "Check",
    "States": {
        "Check": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsPresent": true, "Next": "Pack"}], "Default": "Done"},

        "Pack": {
            "Type": "Pass",
            "Next": "Done"
        },
        "Done": { "Type": "Pass", "End": true }
    }
}
`;

const edges = (text: string) => compile(text)!.edges.map(({ from, to, kind }) => `${from} ${kind} ${to}`);

describe('state machines', () => {
  it('puts a step on a way, and leaves the rest of the text as it was written', () => {
    const { text, id } = machine.add(ORDER, { from: 'Pack', to: 'Done', kind: 'next' }, 'Wait')!;
    expect(id).toBe('Wait');
    expect(edges(text)).toEqual(['Check choice Pack', 'Check default Done', 'Pack next Wait', 'Wait next Done']);
    expect(text).toContain('"Check": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsPresent": true, "Next": "Pack"}], "Default": "Done"},\n\n');
    expect(text).toContain('\n        "Wait": {\n            "Type": "Wait",');
  });

  it('puts a step behind the last one', () => {
    const { text } = machine.add(ORDER, { from: 'Done' }, 'Pass')!;
    expect(edges(text)).toContain('Done next Pass');
    expect(JSON.parse(text).States).toMatchObject({ Done: { Type: 'Pass', Next: 'Pass' }, Pass: { End: true } });
  });

  it('puts a step on the way of a rule, and before the first step', () => {
    expect(edges(machine.add(ORDER, { from: 'Check', to: 'Pack', kind: 'choice' }, 'Pass')!.text)).toContain('Check choice Pass');
    const first = machine.add(ORDER, { from: null }, 'Pass')!;
    expect(JSON.parse(first.text)).toMatchObject({ StartAt: 'Pass', States: { Pass: { Next: 'Check' } } });
  });

  it('adds containers with steps of their own, whose names are free', () => {
    const once = machine.add(ORDER, { from: 'Pack' }, 'Parallel')!;
    const twice = machine.add(once.text, { from: 'Parallel' }, 'Parallel')!;
    const names = compile(twice.text)!.nodes.map(({ id }) => id);
    expect(names).toContain('Parallel 2');
    expect(new Set(names).size).toBe(names.length);
    const inside = machine.add(twice.text, { from: 'Branch' }, 'Pass')!;
    expect(compile(inside.text)!.nodes.find(({ id }) => id === inside.id)!.parent).toBe('Parallel');
  });

  it('gives a choice at the end somewhere to go', () => {
    const { text } = machine.add(ORDER, { from: 'Done' }, 'Choice')!;
    expect(edges(text)).toEqual(expect.arrayContaining(['Done next Choice', 'Choice default Done 2']));
  });

  it('leads a way to another step, and a new one from a choice by a rule more', () => {
    expect(edges(machine.connect(ORDER, { from: 'Check', to: 'Pack', kind: 'choice' }, 'Done'))).toContain('Check choice Done');
    expect(edges(machine.connect(ORDER, { from: 'Done' }, 'Pack'))).toContain('Done next Pack');
    const more = machine.connect(ORDER, { from: 'Check' }, 'Done');
    expect(edges(more)).toEqual(expect.arrayContaining(['Check choice Pack', 'Check choice Done', 'Check default Done']));
    expect(more).toContain('"Next": "Pack"}, { "Variable": "$", "IsPresent": true, "Next": "Done" }]');
  });

  it('takes a step out and joins what stood around it', () => {
    expect(edges(machine.remove(ORDER, 'Pack'))).toEqual(['Check choice Done', 'Check default Done']);
    const without = JSON.parse(machine.remove(ORDER, 'Done'));
    expect(without.States).toEqual({ Check: { Type: 'Choice', Choices: [{ Variable: '$.n', IsPresent: true, Next: 'Pack' }] }, Pack: { Type: 'Pass', End: true } });
    expect(JSON.parse(machine.remove(ORDER, 'Check')).StartAt).toBe('Done');
  });

  it('renames a step everywhere', () => {
    const text = machine.rename(ORDER, 'Done', 'All "done"');
    expect(edges(text)).toEqual(['Check choice Pack', 'Check default All "done"', 'Pack next All "done"']);
    expect(machine.rename(ORDER, 'Done', 'Pack')).toBe(ORDER);
  });

  it('leads a step elsewhere, or ends there', () => {
    expect(edges(machine.link(ORDER, 'Done', ['Check']))).toContain('Done next Check');
    expect(JSON.parse(machine.link(ORDER, 'Pack', [])).States.Pack).toEqual({ Type: 'Pass', End: true });
  });

  it('writes in one line what stands in one line, and indents the rest as the text is', () => {
    expect(machine.set(ORDER, 'Done', 'Comment', 'x')).toContain('"Done": { "Type": "Pass", "End": true, "Comment": "x" }');
    expect(machine.set(ORDER, 'Pack', 'Output', { a: [1] })).toContain(
      '            "Next": "Done",\n            "Output": {\n                "a": [\n                    1\n                ]\n            }\n        },',
    );
    expect(machine.set(ORDER, 'Pack', 'Next', undefined)).toContain('"Pack": {\n            "Type": "Pass"\n        },');
    expect(machine.set(machine.set('{"States": {"A": {}}}', 'A', 'Type', 'Pass'), 'A', 'Type', undefined)).toBe('{"States": {"A": {}}}');
  });

  it('knows where steps stand in a text that is broken', () => {
    const broken = ORDER.replace('"Next": "Done"\n', '"Next": \n');
    expect(machine.places(broken).map(({ id }) => id)).toEqual(['Check', 'Pack', 'Done']);
  });
});

const NIGHT = `# Every night.
pipeline: nightly

tasks:
  load:            # from the bank
    run: |
      echo load
      echo more

  check: {needs: load, run: 'test "\${{ needs.load.output }}"'}
  # Only then:
  tell:
    needs: [check, load]
    if: needs.check.output > 1 and needs.load-all.output
    noop: true
`;

describe('pipelines', () => {
  it('puts a task on a way, and keeps every comment and blank line', () => {
    const { text, id } = pipeline.add(NIGHT, { from: 'load', to: 'check' }, 'noop')!;
    expect(id).toBe('noop');
    expect(text).toBe(
      NIGHT.replace('echo more\n', 'echo more\n  noop:\n    needs: load\n    noop: true\n').replace('{needs: load,', '{needs: noop,'),
    );
  });

  it('puts a task behind one, and before all', () => {
    expect(pipeline.add(NIGHT, { from: 'tell' }, 'wait')!.text).toBe(`${NIGHT.trimEnd()}\n  wait:\n    needs: tell\n    wait: 1m\n`);
    expect(pipeline.add(NIGHT, { from: null }, 'run')!.text).toContain('tasks:\n  run:\n    run: echo done\n  load:');
    expect(pipeline.add('pipeline: new\n', { from: null }, 'noop')!.text).toBe('pipeline: new\ntasks:\n  noop:\n    noop: true\n');
  });

  it('takes a task out; what needed it needs what it needed', () => {
    const text = pipeline.remove(NIGHT, 'check');
    expect(text).toContain('# Only then:\n  tell:\n    needs: load\n');
    expect(text).not.toContain('check:');
    expect(text).toContain('# from the bank');
  });

  it('renames a task where it stands, where it is needed and where it is read', () => {
    const text = pipeline.rename(NIGHT, 'load', 'fetch');
    expect(text).toBe(
      NIGHT.replace('  load:', '  fetch:').replace('needs: load,', 'needs: fetch,').replace('[check, load]', '[check, fetch]')
        .replace('needs.load.output', 'needs.fetch.output'),
    );
    expect(pipeline.rename(NIGHT, 'load', 'tell')).toBe(NIGHT);
  });

  it('leads a way to another task by what that needs', () => {
    const moved = pipeline.connect(NIGHT, { from: 'check', to: 'tell', kind: 'next' }, 'load');
    expect(moved).toContain('  load:            # from the bank\n    needs: check\n');
    expect(moved).toContain('    needs: load\n    if:');
    expect(pipeline.connect(NIGHT, { from: 'tell' }, 'check')).toContain('check: {needs: [load, tell],');
    expect(pipeline.connect(NIGHT, { from: 'load' }, 'tell')).toBe(NIGHT);
  });

  it('sets needs and fields in both styles', () => {
    expect(pipeline.link(NIGHT, 'tell', ['load'])).toContain('    needs: load\n    if:');
    expect(pipeline.link(NIGHT, 'tell', [])).toContain('tell:\n    if:');
    expect(pipeline.link(NIGHT, 'load', ['tell'])).toContain('load:            # from the bank\n    needs: tell\n    run: |');
    expect(pipeline.set(NIGHT, 'tell', 'timeout', '5m')).toContain('noop: true\n    timeout: 5m\n');
    expect(pipeline.set(NIGHT, 'load', 'run', 'echo a\necho b')).toContain('    run: |\n      echo a\n      echo b\n\n  check:');
    expect(pipeline.link(NIGHT, 'check', [])).toContain(`check: {run: 'test`);
    expect(pipeline.form(pipeline.set(NIGHT, 'check', 'timeout', '1h'), 'check')!.values).toMatchObject({ needs: 'load', timeout: '1h' });
  });

  it('knows tasks of groups by their paths', () => {
    const text = 'pipeline: p\ntasks:\n  g:\n    tasks:\n      a:\n        noop: true\n      b:\n        needs: a\n        noop: true\n';
    expect(pipeline.places(text).map(({ id }) => id)).toEqual(['g', 'g.a', 'g.b']);
    const { text: more, id } = pipeline.add(text, { from: 'g.a', to: 'g.b' }, 'noop')!;
    expect([id, pipeline.form(more, 'g.b')!.links]).toEqual(['g.noop', ['g.noop']]);
  });
});

it('changes only the piece that differs', () => {
  expect(change('abcd', 'abXd')).toEqual({ from: 2, to: 3, insert: 'X' });
  expect(change('aa', 'aaa')).toEqual({ from: 2, to: 2, insert: 'a' });
});
