import { expect, test } from 'vitest';
import type { RunItem } from '../api/types';
import { written } from './exported';

const RUN: RunItem = {
  id: 'arn:1', name: 'a,"b"', workflow: 'w', workflowName: '=sum', status: 'SUCCEEDED', isQuarantined: false,
  started: '2026-11-27T10:00:00.000Z', stopped: '2026-11-27T10:00:01.500Z', redriveCount: 1,
};

test('a run is a line of cells, each of them one text', () => {
  const [head, line] = written([RUN], 'csv').split('\n');
  expect(head).toBe('id,workflow,name,status,started,stopped,duration_ms,redrives,version');
  expect(line).toBe(`arn:1,'=sum,"a,""b""",SUCCEEDED,2026-11-27T10:00:00.000Z,2026-11-27T10:00:01.500Z,1500,1,`);
});

test('a run is an object a line, and one under way has no end', () => {
  const { stopped: _, ...open } = RUN;
  expect(written([RUN, open], 'jsonl').trim().split('\n').map((line) => JSON.parse(line))).toEqual([RUN, open]);
  expect(written([open], 'csv').split('\n')[1]).toMatch(/Z,,,1,$/);
});

test('the version and the columns of what runs are searched by come along', () => {
  const run: RunItem = { ...RUN, version: 'arn:w:3', attributes: { customer: 'c,1', total: 7 } };
  const [head, line, other] = written([run, RUN], 'csv', ['input.customer', 'input.total']).split('\n');
  expect(head).toMatch(/,redrives,version,input.customer,input.total$/);
  expect(line).toMatch(/,1,3,"c,1",7$/);
  expect(other).toMatch(/,1,,,$/);
});
