import type { FieldKind, FieldOf, Section } from './writing';

type Values = Readonly<Record<string, unknown>>;

/** Where a Map says how its items run. */
const CONFIG = 'ItemProcessor.ProcessorConfig';
const fields = (as: FieldKind, ...names: string[]): FieldOf[] => names.map((field) => ({ field, as }));
const WAITS = ['Seconds', 'Timestamp', 'SecondsPath', 'TimestampPath'];
/** What a Wait of JSONata can be: its values may be expressions. */
const WAITS_JSONATA = WAITS.slice(0, 2);

/** What each kind of state does, by its own members. */
const OWN: Record<string, (isJsonata: boolean, values: Values) => Section> = {
  Task: () => ({ fields: [{ field: 'Resource', as: 'line' }, ...fields('number', 'TimeoutSeconds', 'HeartbeatSeconds')] }),
  Choice: () => ({ fields: [], rows: ['Choices'] }),
  Wait: (isJsonata) => ({ fields: [{ field: 'Seconds', as: 'one', options: isJsonata ? WAITS_JSONATA : WAITS }] }),
  Map: (isJsonata, values) => ({
    fields: [
      ...(isJsonata ? fields('json', 'Items') : fields('line', 'ItemsPath')), ...fields('number', 'MaxConcurrency'), ...fields('json', 'ItemSelector'),
      ...modes(values),
    ],
  }),
  Fail: (isJsonata) => ({ fields: [...fields('line', 'Error', ...(isJsonata ? [] : ['ErrorPath', 'CausePath'])), ...fields('text', 'Cause')] }),
  Pass: (isJsonata) => ({ fields: isJsonata ? [] : fields('json', 'Result') }),
};

/** Whether the items of a Map run in runs of their own, and what goes with that. */
function modes({ ItemProcessor }: Values): FieldOf[] {
  const { ProcessorConfig: { Mode } = {} } = (ItemProcessor ?? {}) as { ProcessorConfig?: { Mode?: unknown } };
  const mode: FieldOf = { field: 'Mode', of: CONFIG, as: 'choice', options: ['INLINE', 'DISTRIBUTED'] };
  if (Mode !== 'DISTRIBUTED') return [mode];
  return [
    mode, { field: 'ExecutionType', of: CONFIG, as: 'choice', options: ['STANDARD', 'EXPRESS'] },
    ...fields('number', 'ToleratedFailureCount', 'ToleratedFailurePercentage'), ...fields('line', 'Label'), ...fields('json', 'ItemReader', 'ItemBatcher', 'ResultWriter'),
  ];
}

/** The kinds of states that call something, and so have what is sent and what comes back. */
const CALLING = new Set(['Task', 'Parallel', 'Map']);

function dataOf(kind: string, isJsonata: boolean): FieldOf[] {
  if (kind === 'Fail') return [];
  const isCalling = CALLING.has(kind);
  const assigned = kind === 'Succeed' ? [] : ['Assign'];
  if (isJsonata) return fields('json', ...(kind === 'Task' || kind === 'Parallel' ? ['Arguments'] : []), 'Output', ...assigned);
  const hasResult = isCalling || kind === 'Pass';
  return [
    ...fields('path', 'InputPath', ...(hasResult ? ['ResultPath'] : []), 'OutputPath'),
    ...fields('json', ...(hasResult ? ['Parameters'] : []), ...(isCalling ? ['ResultSelector'] : []), ...assigned),
  ];
}

/** Returns the fields of a state, by its kind and the language of its expressions. */
export function sectionsOf(values: Values, isJsonata: boolean): Section[] {
  const kind = String(values['Type']);
  const own = OWN[kind]?.(isJsonata, values) ?? { fields: [] };
  return [
    { ...own, fields: [...own.fields, { field: 'Comment', as: 'line' }] },
    ...(CALLING.has(kind) ? [{ part: 'Errors', fields: [], rows: ['Retry', 'Catch'] } satisfies Section] : []),
    ...(kind === 'Fail' ? [] : [{ part: 'Data', fields: dataOf(kind, isJsonata) } satisfies Section]),
  ];
}
