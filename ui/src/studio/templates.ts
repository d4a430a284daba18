import type { DraftKind } from '../api/drafts';

const MACHINE = {
  StartAt: 'Start',
  States: {
    Start: { Type: 'Pass', Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

/** What a new definition begins with. */
export function template(kind: DraftKind, name: string): string {
  if (kind !== 'PIPELINE') return `${JSON.stringify(MACHINE, null, 2)}\n`;
  return [
    `pipeline: ${name}`, 'tasks:', '  fetch:', '    run: echo "what the first task does"',
    '  publish:', '    needs: fetch', '    run: echo "what comes after it"', '',
  ].join('\n');
}

/** Names of state machines, as AWS has them. */
export const NAME_PATTERN = '[A-Za-z0-9_\\-]{1,80}';
export const PIPELINE_NAME_PATTERN = '[a-z0-9][a-z0-9._\\-]{0,127}';
