import { expect, it } from 'vitest';
import { idle, isMuch, Timescale, zoomed } from './timescale';

const whole = { from: 1_000, to: 2_000 };

it('places instants by when they were, and keeps what is outside at the ends', () => {
  const scale = new Timescale(whole, []);
  expect([1_000, 1_250, 2_000].map((ms) => scale.at(ms))).toEqual([0, 25, 100]);
  expect([0, 9_999].map((ms) => scale.at(ms))).toEqual([0, 100]);
  expect(scale.instantAt(25)).toBe(1_250);
  expect(scale.folds).toEqual([]);
});

it('finds the long stretches in which nothing was there', () => {
  const bars = [{ from: 1_000, to: 1_100 }, { from: 1_050, to: 1_080 }, { from: 1_110, to: 1_200 }, { from: 1_900, to: 1_950 }];
  const found = idle(bars, whole);
  expect(found).toEqual([{ from: 1_200, to: 1_900 }, { from: 1_950, to: 2_000 }]);
  expect(isMuch(found, whole)).toBe(true);
  expect(isMuch(found.slice(1), whole)).toBe(false);
  expect(idle([], { from: 5, to: 5 })).toEqual([]);
});

it('gives a folded stretch little room, and goes back from a place to its instant', () => {
  const scale = new Timescale(whole, [{ from: 1_200, to: 1_900 }]);
  const [fold] = scale.folds;
  expect(fold!.ms).toBe(700);
  expect(fold!.takes).toBeLessThan(4);
  for (const ms of [1_000, 1_150, 1_550, 1_950, 2_000]) expect(scale.instantAt(scale.at(ms))).toBeCloseTo(ms, 6);
  expect(scale.at(1_950) - scale.at(1_900)).toBeCloseTo(scale.at(1_050) - scale.at(1_000), 6);
});

it('shows a window of the whole, and folds what of a stretch is in it', () => {
  const scale = new Timescale({ from: 1_100, to: 1_300 }, [{ from: 1_200, to: 1_900 }]);
  expect(scale.folds.map(({ ms }) => ms)).toEqual([100]);
  expect(scale.sees({ from: 1_000, to: 1_100 })).toBe(true);
  expect(scale.sees({ from: 1_400, to: 1_500 })).toBe(false);
});

it('stands for a whole without any length', () => {
  expect(new Timescale({ from: 7, to: 7 }, []).at(7)).toBe(0);
});

it('zooms around an instant without leaving the whole', () => {
  expect(zoomed(whole, whole, 0.5, 1_500)).toEqual({ from: 1_250, to: 1_750 });
  expect(zoomed(whole, whole, 0.5, 1_000)).toEqual({ from: 1_000, to: 1_500 });
  expect(zoomed({ from: 1_900, to: 2_000 }, whole, 100, 1_950)).toEqual(whole);
});
