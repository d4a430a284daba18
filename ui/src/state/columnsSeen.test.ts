import { expect, it } from 'vitest';
import { COLUMN, columnsSeen } from './columnsSeen';

it('draws what is in sight and some beside, and no more of very many', () => {
  const width = 40 * COLUMN;
  for (let left = 0; left <= 960 * COLUMN; left += 7) {
    const { from, to } = columnsSeen(left, width, 1_000);
    expect(from * COLUMN).toBeLessThanOrEqual(left);
    expect(to * COLUMN).toBeGreaterThanOrEqual(Math.min(left + width, 1_000 * COLUMN));
    expect(to - from).toBeLessThanOrEqual(40 + 4 * 12);
  }
});

it('draws the same columns while little is moved', () => {
  expect(columnsSeen(24 * COLUMN, 300, 1_000)).toEqual(columnsSeen(25 * COLUMN - 1, 300, 1_000));
});

it('draws all of few, wherever they are seen', () => {
  expect(columnsSeen(0, 2_000, 24)).toEqual({ from: 0, to: 24 });
  expect(columnsSeen(0, 0, 3)).toEqual({ from: 0, to: 3 });
});
