import { expect, it } from 'vitest';
import { draftOf, specOf } from './scheduleDraft';

it('writes a schedule as it was read, with what its form does not show', () => {
  for (const spec of [
    { cron: '0 6 * * 1-5', timezone: 'Europe/Lisbon', overlap: 'skip', catchup: 'last', calendar: { mode: 'next', name: 'holidays' } },
    { cron: '@daily', timezone: 'UTC', catchup: '2h', misfireGrace: '5m', calendar: { mode: 'exclude', weekdays: ['SAT'] } },
    { every: '15m', timezone: 'UTC', jitter: '10s', end: '2027-01-01' },
    { at: ['2027-01-31T09:00:00Z', '2027-02-28T09:00:00Z'], timezone: 'UTC' },
  ]) {
    expect(specOf(draftOf(spec, 'Asia/Tokyo'))).toEqual(spec);
  }
});

it('begins a new schedule in the zone of the reader', () => {
  expect(draftOf({}, 'Asia/Tokyo').timezone).toBe('Asia/Tokyo');
  expect(draftOf({ every: '1h' }, 'Asia/Tokyo').timezone).toBe('UTC');
});
