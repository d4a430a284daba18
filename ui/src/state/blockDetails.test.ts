import { beforeAll, expect, test } from 'vitest';
import { load } from '../i18n/text';
import { detailOf } from './blockDetails';
import { instant } from './format';

beforeAll(() => load('server'));

const AT = '2026-11-27T10:00:00.000Z';

test('what the server says in brackets has words, and its names stay', () => {
  expect(detailOf('workers (no worker has tags gpu, large)')).toBe('no worker has the tags gpu, large');
  expect(detailOf('workers (no worker handles mail and has tags eu)')).toBe('no worker handles mail and has the tags eu');
  expect(detailOf('pool:db (wants 3 slots, the pool has 2)')).toBe('it wants 3 places, and there are 2');
  expect(detailOf('approval (user:ana, 1 of 2 agreed)')).toBe('user:ana, 1 of 2 agreed');
});

test('instants are those of the reader', () => {
  expect(detailOf(`retry (${AT})`)).toBe(instant(AT));
  expect(detailOf(`wait (file /in/*.csv, next look ${AT})`)).toBe(`file /in/*.csv, next look ${instant(AT)}`);
});

test('what has no form of its own stays as it is, and nothing is nothing', () => {
  expect(detailOf('mutex:db (other:run and 2 more)')).toBe('other:run and 2 more');
  expect(detailOf('paused')).toBeUndefined();
});
