import { expect, it } from 'vitest';
import { plain } from './tree';
import { readYaml, writeYaml } from './yamlTree';

it('reads what pipelines are written in', () => {
  const text = `a: 1\nb: [x, 'it''s', "t\\tb"]\nc: &anchor {d: true, e: ~}\nf: |\n  one\n\n  two\ng: >-\n  long\n  line\nh:\n  - y\n  - z: 1.5\n`;
  expect(plain(readYaml(text))).toEqual({
    a: 1, b: ['x', "it's", 't\tb'], c: { d: true, e: null }, f: 'one\n\ntwo\n', g: 'long line', h: ['y', { z: 1.5 }],
  });
});

it('reads as much of a broken text as there is', () => {
  expect(plain(readYaml('a:\n  b: 1\n  c: ['))).toEqual({ a: { b: 1, c: [] } });
  expect(readYaml('')).toBeNull();
});

it('writes values so that they are read as they were', () => {
  const values = ['plain', 'a b', 'needs.x.output > 1', '${{ params.x }}', 'true', '1.5', '', ' x', 'a: b', 'a #b', "it's", '- x', true, 2, ['a', 'b, c'], { k: '${{ x }}', l: [1] }];
  for (const value of values) expect(plain(readYaml(`v: ${writeYaml(value)}\n`))).toEqual({ v: value });
  expect(writeYaml('needs.x.output > 1')).toBe('needs.x.output > 1');
});
