import { expect, it } from 'vitest';
import { machine } from './machine';
import { fixed, locate } from './problems';

const TEXT = '{\n  "StartAt": "A",\n  "States": {\n    "A": {"Type": "Pass", "Comment": "😀", "Next": "Bee"},\n    "Be": {"Type": "Succeed"}\n  }\n}';
const at = (line: number, column: number, suggestion?: string) => ({
  severity: 'error', code: 'C', message: 'm', line, column, ...(suggestion && { suggestion }),
});

it('finds the place of a problem, and the step around it', () => {
  const column = [...TEXT.split('\n')[3]!].join('').indexOf('"Bee"');
  const [found] = locate(TEXT, [at(4, column)], machine.places(TEXT));
  expect(TEXT.slice(found!.from, found!.to)).toBe('"Bee"');
  expect(found!.step).toBe('A');
});

it('puts what was meant in its place, quoted as it was', () => {
  const column = [...TEXT.split('\n')[3]!].join('').indexOf('"Bee"');
  const [found] = locate(TEXT, [at(4, column, "did you mean 'Be'?")], []);
  expect(fixed(TEXT, found!)).toBe(TEXT.replace('"Bee"', '"Be"'));
});

it('takes places outside of the text for its end', () => {
  expect(locate('{', [at(9, 9)], [])[0]).toMatchObject({ from: 1, to: 1, step: null, meant: null });
});
