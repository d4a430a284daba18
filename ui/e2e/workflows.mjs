// Workflows for the tests and the pictures.
import { join } from 'node:path';

export const PROCESS = 'arn:aws:states:::compasso:process';

/** Waits for a moment, then ends well: long enough to be seen under way. */
export const BRIEF = {
  Prepare: { Type: 'Pass', Next: 'Wait a moment' },
  'Wait a moment': { Type: 'Wait', Seconds: 2, Next: 'Finish' },
  Finish: { Type: 'Pass', Result: { done: true }, End: true },
};

/** Waits for longer than any test. */
export const LONG = { Wait: { Type: 'Wait', Seconds: 3_600, End: true } };

/** A task that fails until a file is there. */
const look = (directory, complaint) => ({
  Type: 'Task',
  Resource: PROCESS,
  Parameters: { Command: ['sh', '-c', `test -f ${join(directory, 'there')} || { echo ${complaint} >&2; exit 3; }`] },
});

export const untilThere = (directory) => ({
  Prepare: { Type: 'Pass', Next: 'Look' },
  Look: { ...look(directory, 'it is not there'), Next: 'Finish' },
  Finish: { Type: 'Succeed' },
});

const step = (next) => ({ Type: 'Pass', ...(next ? { Next: next } : { End: true }) });

/** An order, with a bit of everything: a choice, branches, a Map, retries, a catcher. */
export const order = (directory) => ({
  'Check order': step('Is it large?'),
  'Is it large?': {
    Type: 'Choice',
    Choices: [{ Variable: '$.total', NumericGreaterThan: 500, Next: 'Ask for approval' }],
    Default: 'Reserve',
  },
  'Ask for approval': { Type: 'Wait', Seconds: 1, Next: 'Reserve' },
  Reserve: {
    Type: 'Parallel',
    Branches: [
      { StartAt: 'Reserve stock', States: { 'Reserve stock': step('Print label'), 'Print label': step() } },
      {
        StartAt: 'Charge card',
        States: {
          'Charge card': {
            ...look(directory, 'the card was declined'),
            Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }],
            ResultPath: null,
            End: true,
          },
        },
      },
    ],
    Catch: [{ ErrorEquals: ['Declined'], Next: 'Tell the customer' }],
    ResultPath: null,
    Next: 'Pack each item',
  },
  'Pack each item': {
    Type: 'Map',
    ItemsPath: '$.items',
    ItemProcessor: { StartAt: 'Pack', States: { Pack: step('Weigh'), Weigh: step() } },
    Next: 'Done',
  },
  'Tell the customer': { Type: 'Fail', Error: 'Declined' },
  Done: { Type: 'Succeed' },
});

/** Many states: blocks of branches, one after the other. */
export function large(blocks) {
  const chain = (name) => ({
    StartAt: `${name} 1`,
    States: { [`${name} 1`]: step(`${name} 2`), [`${name} 2`]: step(`${name} 3`), [`${name} 3`]: step() },
  });
  return Object.fromEntries(
    Array.from({ length: blocks }, (_, at) => [
      `Block ${at}`,
      {
        Type: 'Parallel',
        Branches: ['a', 'b', 'c'].map((branch) => chain(`${at}${branch}`)),
        ResultPath: null,
        ...(at < blocks - 1 ? { Next: `Block ${at + 1}` } : { End: true }),
      },
    ]),
  );
}

/** One state after the other. */
export function flat(count) {
  const name = (at) => `State ${at}`;
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [name(at), step(at < count - 1 ? name(at + 1) : undefined)]));
}

/** Iterations of `manyItems`. */
export const MANY = 10_000;

/** A state for each item. */
export const manyItems = {
  Each: {
    Type: 'Map',
    ItemsPath: '$.items',
    MaxConcurrency: 40,
    ItemProcessor: { StartAt: 'Work', States: { Work: step() } },
    ResultPath: null,
    End: true,
  },
};

/** A task that waits for a file, ten branches, another wait; and many states that are not reached. */
export const watched = (gate) => ({
  'Wait for it': {
    Type: 'Task',
    Resource: PROCESS,
    Parameters: { Command: ['sh', '-c', `until [ -f ${gate} ]; do sleep 0.05; done`] },
    Next: 'Branches',
  },
  Branches: {
    Type: 'Parallel',
    Branches: Array.from({ length: 10 }, (_, at) => ({ StartAt: `Branch ${at}`, States: { [`Branch ${at}`]: step() } })),
    Next: 'Stay',
  },
  Stay: { Type: 'Wait', Seconds: 3_600, Next: 'State 0' },
  ...flat(480),
});

/** Each item in a run of its own; some of them fail. */
export const EACH = {
  Each: {
    Type: 'Map',
    ItemsPath: '$.items',
    ToleratedFailureCount: 50,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'Look',
      States: {
        Look: { Type: 'Choice', Choices: [{ Variable: '$.at', NumericLessThan: 12, Next: 'Refuse' }], Default: 'Take' },
        Refuse: { Type: 'Fail', Error: 'Bad.Item', Cause: 'It has no price' },
        Take: { Type: 'Pass', End: true },
      },
    },
    End: true,
  },
};
