import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RequestError } from '../api/client';
import type { DraftItem, SaveDraft } from '../api/schema';
import { Saver } from './Saver';

let sent: SaveDraft[];
let answer: (save: SaveDraft) => Promise<DraftItem>;
let sheltered: string | null;
let saver: Saver;

const item = ({ saves }: SaveDraft) => ({ saves: saves + 1, modified: '2026-01-01T00:00:00Z' }) as DraftItem;

beforeEach(() => {
  vi.useFakeTimers();
  [sent, sheltered] = [[], null];
  answer = async (save) => item(save);
  const save = (one: SaveDraft) => {
    sent.push(one);
    return answer(one);
  };
  saver = new Saver({ text: 'a', saves: 1 }, save, { keep: (text) => (sheltered = text), clear: () => (sheltered = null) }, () => {});
});
afterEach(() => void vi.useRealTimers());

it('saves once after a pause, naming the save before', async () => {
  saver.change('ab');
  saver.change('abc');
  expect([saver.state, sheltered]).toEqual(['unsaved', 'abc']);
  await vi.runAllTimersAsync();
  saver.change('abcd');
  await vi.runAllTimersAsync();
  expect(sent).toEqual([{ text: 'abc', saves: 1 }, { text: 'abcd', saves: 2 }]);
  expect([saver.state, sheltered]).toEqual(['saved', null]);
});

it('saves what was written while a save was under way', async () => {
  let go = () => {};
  answer = (save) => new Promise((resolve) => (go = () => resolve(item(save))));
  saver.change('ab');
  const done = saver.flush();
  saver.change('abc');
  answer = async (save) => item(save);
  go();
  expect(await done).toBe(true);
  expect(sent.map(({ text }) => text)).toEqual(['ab', 'abc']);
});

it('tries again while the server is away, and keeps the text here meanwhile', async () => {
  answer = async () => Promise.reject(new RequestError(0, { code: 'Offline', message: '' }));
  saver.change('ab');
  expect(await saver.flush()).toBe(false);
  expect([saver.state, sheltered]).toEqual(['failed', 'ab']);
  answer = async (save) => item(save);
  await vi.runAllTimersAsync();
  expect(saver.state).toBe('saved');
});

it('overwrites nothing that was saved elsewhere', async () => {
  answer = async () => Promise.reject(new RequestError(409, { code: 'ConflictException', message: '' }));
  saver.change('ab');
  expect(await saver.flush()).toBe(false);
  saver.change('abc');
  await vi.runAllTimersAsync();
  expect([sent.length, saver.state, sheltered]).toEqual([1, 'overtaken', 'ab']);
});

it('does not repeat what is refused, and says why', async () => {
  answer = async () => Promise.reject(new RequestError(404, { code: 'DraftDoesNotExist', message: 'Draft Does Not Exist' }));
  saver.change('ab');
  expect(await saver.flush()).toBe(false);
  await vi.runAllTimersAsync();
  expect([sent.length, saver.state, saver.why, sheltered]).toEqual([1, 'refused', 'Draft Does Not Exist', 'ab']);
});

it('has nothing to do when a change is undone before it was saved', async () => {
  saver.change('ab');
  saver.change('a');
  await vi.runAllTimersAsync();
  expect([sent, saver.state]).toEqual([[], 'saved']);
});
