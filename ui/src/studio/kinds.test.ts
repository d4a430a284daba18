import { expect, it } from 'vitest';
import { machine } from './machine';
import { pipeline } from './pipeline';
import { spanOf, type Writing } from './writing';

/** Adds steps of these kinds, one behind the other, and returns what the last is called. */
function chain(writing: Writing, text: string, from: string, kinds: readonly string[]): { text: string; id: string } {
  return kinds.reduce<{ text: string; id: string }>(({ text, id }, kind) => writing.add(text, { from: id }, kind)!, { text, id: from });
}

/** A definition with states of all kinds; nothing follows those that end. */
function states(text: string): string {
  const kinds = machine.kinds.map(({ id }) => id).filter((id) => id !== 'Succeed' && id !== 'Fail');
  const all = chain(machine, text, 'Start', kinds);
  const failing = machine.add(all.text, { from: 'Choice', to: 'Done', kind: 'choice' }, 'Fail')!.text;
  return machine.add(machine.connect(failing, { from: 'Choice' }, 'Done'), { from: all.id, to: 'Done' }, 'Succeed')!.text;
}

const start = (language: string) => JSON.stringify({ QueryLanguage: language, StartAt: 'Start', States: { Start: { Type: 'Pass', End: true } } }, null, 2);

// The server is asked by `e2e/studio-steps.test.mjs` whether there is anything wrong with these.
it.each(['JSONPath', 'JSONata'])('adds states of all kinds to a definition in %s', async (language) => {
  await expect(`${states(start(language))}\n`).toMatchFileSnapshot(`golden/all-${language.toLowerCase()}.asl.json`);
});

it('adds tasks of all kinds to a pipeline', async () => {
  await expect(chain(pipeline, 'pipeline: all\ntasks:\n  start:\n    noop: true\n', 'start', pipeline.kinds.map(({ id }) => id)).text).toMatchFileSnapshot('golden/all.pipeline.yaml');
});

it.each([[machine, start('JSONPath'), 'Start'], [pipeline, 'pipeline: all\ntasks:\n  start:\n    noop: true\n', 'start']] as const)(
  'knows what of each new step is to be filled in',
  (writing, text, from) => {
    for (const { id } of writing.kinds) {
      const added = writing.add(text, { from }, id)!;
      if (!added.blank) continue;
      const span = spanOf(added, writing.places(added.text))!;
      expect(added.text.slice(span.from, span.to), id).toBe(added.blank);
    }
  },
);

it('adds a service that is not offered by its name', () => {
  expect(machine.named('aws-sdk:sqs:purgeQueue')).not.toBeNull();
  expect(machine.named('nothing like it')).toBeNull();
  const { text, id } = machine.add(start('JSONPath'), { from: 'Start' }, 'aws-sdk:sqs:purgeQueue')!;
  expect(JSON.parse(text).States[id]).toEqual({ Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:sqs:purgeQueue', End: true });
  const task = pipeline.add('pipeline: p\n', { from: null }, 'aws-sdk:sqs:purgeQueue')!;
  expect(task).toMatchObject({ id: 'purgeQueue', text: 'pipeline: p\ntasks:\n  purgeQueue:\n    uses: aws-sdk:sqs:purgeQueue\n    with: {}\n' });
});
