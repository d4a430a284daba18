import { expect, it } from 'vitest';
import { between, duration, instant, percent, pretty, size } from './format';

it('writes durations in their two largest units', () => {
  const written = [0, 999, 1_200, 59_949, 59_999, 94_000, 3_600_000, 7_500_000, 90_000_000].map(duration);
  expect(written.map((text) => text.replaceAll('\u2009', ' '))).toEqual([
    '0 ms', '999 ms', '1.2 s', '59.9 s', '1 m', '1 m 34 s', '1 h', '2 h 5 m', '1 d 1 h',
  ]);
  expect(duration(Number.NaN)).toBe('–');
});

it('counts to now while something is under way', () => {
  const from = '2026-01-31T12:00:00.000Z';
  expect(between(from, undefined, Date.parse(from) + 5)).toBe(5);
  expect(between(from, '2026-01-31T12:00:01.000Z', 0)).toBe(1_000);
});

it('names the day of what was not today', () => {
  const now = Date.parse('2026-01-31T12:00:00');
  expect(instant('2026-01-31T09:05:00', now, 'en-GB')).toBe('09:05:00');
  expect(instant('2026-01-30T09:05:00', now, 'en-GB')).toBe('30 Jan 09:05:00');
  expect(instant('2025-12-31T23:59:59', now, 'en-GB')).toBe('31 Dec 2025 23:59:59');
});

it('lays JSON out and leaves every value as it is', () => {
  expect(pretty('{"a":[1,{}],"b":[],"c":12345678901234567890.10}')).toBe(
    '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": [],\n  "c": 12345678901234567890.10\n}',
  );
  expect(pretty('"a \\"b\\" {c}"')).toBe('"a \\"b\\" {c}"');
});

it('counts bytes, not characters', () => {
  expect(size('ä').replace('\u2009', ' ')).toBe('2 B');
});

it('writes no part as all, and none without a digit too many', () => {
  const written = [percent(0, 3), percent(3, 3), percent(2, 3), percent(9_999, 10_000), percent(0, 0)];
  expect(written.map((text) => text.replace('\u2009', ' '))).toEqual(['0 %', '100 %', '66.6 %', '99.9 %', '–']);
});
