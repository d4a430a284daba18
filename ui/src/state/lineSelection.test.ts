import { expect, test } from 'vitest';
import { extended, readSelection, writeSelection } from './lineSelection';

test('an address names a line, or lines', () => {
  expect(readSelection('L120')).toEqual({ from: 120, to: 120 });
  expect(readSelection('#L120-140')).toEqual({ from: 120, to: 140 });
  expect(readSelection('L140-L120')).toEqual({ from: 120, to: 140 });
  for (const other of ['', 'L', 'L0', 'L-3', 'main', 'L1-2-3']) expect(readSelection(other)).toBeNull();
  expect(writeSelection({ from: 3, to: 3 })).toBe('L3');
  expect(writeSelection({ from: 3, to: 7 })).toBe('L3-7');
});

test('a selection grows and shrinks at its nearer end', () => {
  expect(extended(null, 5)).toEqual({ from: 5, to: 5 });
  const selection = { from: 10, to: 20 };
  expect(extended(selection, 25)).toEqual({ from: 10, to: 25 });
  expect(extended(selection, 5)).toEqual({ from: 5, to: 20 });
  expect(extended(selection, 18)).toEqual({ from: 10, to: 18 });
  expect(extended(selection, 11)).toEqual({ from: 11, to: 20 });
});
