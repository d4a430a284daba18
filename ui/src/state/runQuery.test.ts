import { describe, expect, it } from 'vitest';
import { completionsAt } from './queryWords';
import { lifted, queryOf, searchOf, valueText } from './runQuery';

const workflows = [
  { id: 'arn:order', name: 'order' },
  { id: 'arn:night report', name: 'night report' },
  { id: 'arn:machine', name: 'twice' },
  { id: 'arn:pipeline', name: 'twice' },
];
const asked = (text: string) => searchOf(text, { columns: 'version', since: '7d', status: 'FAILED' }, workflows);

describe('the selects and the text of a list of runs', () => {
  it('say what a text asks for by selects where they can, and leave the rest a query', () => {
    expect(asked('status = failed')).toEqual({ columns: 'version', status: 'FAILED' });
    expect(asked('duration > 5m and status = timed-out and workflow = "night report"')).toEqual({
      columns: 'version', status: 'TIMED_OUT', workflow: 'arn:night report', q: 'duration > 5m',
    });
    expect(asked('started >= now-24h and name contains "a and b"')).toEqual({ columns: 'version', since: '24h', q: 'name contains "a and b"' });
    expect(asked('')).toEqual({ columns: 'version' });
  });

  it('leave alone what they cannot say', () => {
    for (const q of ['status = FAILED or name = a', 'not status = FAILED', '(status = FAILED)', 'status != FAILED', 'workflow = twice', 'status = ', 'status = FAILED and', 'status = QUARANTINED']) {
      expect(asked(q)).toEqual({ columns: 'version', q: q.trim() });
    }
    expect(asked('status = FAILED and status = ABORTED')).toEqual({ columns: 'version', status: 'FAILED', q: 'status = ABORTED' });
  });

  it('are one: what is written is read as the same search', () => {
    for (const search of [
      { status: 'FAILED', workflow: 'arn:order', since: '24h', q: 'duration > 5m' },
      { status: 'RUNNING', q: '(name = a or name = b)' },
      { workflow: 'arn:night report' },
      { q: 'name = a or name = b' },
    ] as const) {
      expect(searchOf(queryOf(search, workflows), {}, workflows)).toEqual(search);
    }
    expect(queryOf({ status: 'FAILED', q: 'name = a or name = b' }, workflows)).toBe('status = FAILED and (name = a or name = b)');
  });

  it('keep a workflow that no name means alone', () => {
    expect(searchOf('status = FAILED', { workflow: 'arn:order:3' }, workflows)).toEqual({ workflow: 'arn:order:3', status: 'FAILED' });
    expect(queryOf({ workflow: 'arn:machine' }, workflows)).toBe('');
  });

  it('show what an address says in a query', () => {
    expect(lifted({ q: 'workflow = order and name = a' }, workflows)).toEqual({ workflow: 'arn:order', q: 'name = a' });
    expect(lifted({ status: 'FAILED', q: 'status = FAILED' }, workflows)).toEqual({ status: 'FAILED', q: 'status = FAILED' });
  });
});

describe('what a query is completed with', () => {
  const known = { workflows: ['order', 'night report'], attributes: new Map([['input.customer', ['c-1', 'c 2']]]) };
  const words = (text: string) => completionsAt(text.replace('|', ''), text.indexOf('|'), known).words;

  it('are fields, then what can be asked of them, then values, then what follows', () => {
    expect(words('st|')).toEqual(['status', 'started', 'stopped', 'input.customer']);
    expect(words('status |')).toEqual(['=', '!=', 'in']);
    expect(words('status = f|')).toEqual(['FAILED']);
    expect(words('waiting = p|')).toEqual(['people']);
    expect(words('status in (FAILED, a|')).toContain('ABORTED');
    expect(words('status = FAILED |')).toEqual(['and', 'or']);
    expect(words('not (duration > |')).toEqual(['1s', '10s', '1m', '10m', '1h']);
    expect(words('workflow = |')).toEqual(['order', '"night report"']);
    expect(words('input.customer starts |')).toEqual(['with']);
    expect(words('input.customer = |')).toEqual(['c-1', '"c 2"']);
    expect(words('started >= now|')).toEqual(['now-1h', 'now-24h', 'now-7d']);
  });

  it('are none where nothing known can stand', () => {
    expect(words('status FAILED |')).toEqual([]);
    expect(words('name = |')).toEqual([]);
    expect(words('status|')).toEqual([]);
  });

  it('take the place of the word at the cursor', () => {
    expect(completionsAt('status = fai and name = a', 12, known)).toEqual({ from: 9, to: 12, words: ['FAILED'] });
    expect(completionsAt('workflow = "ni', 14, known)).toEqual({ from: 11, to: 14, words: ['"night report"'] });
  });
});

it('writes a value so that it is read as it is', () => {
  expect([valueText('a-1'), valueText('a b'), valueText('say "no"')]).toEqual(['a-1', '"a b"', '"say \\"no\\""']);
});
