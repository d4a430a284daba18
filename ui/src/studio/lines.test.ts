import { describe, expect, it } from 'vitest';
import { difference, hunks, merge } from './lines';

const BASE = 'one\ntwo\nthree\nfour\nfive';

describe('differences', () => {
  it('finds what was added, removed and changed', () => {
    expect(hunks(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'y', 'd'])).toEqual([
      { from: 1, to: 2, lines: ['x'] },
      { from: 3, to: 3, lines: ['y'] },
    ]);
    expect(hunks(['a'], ['a'])).toEqual([]);
    expect(hunks([], ['a'])).toEqual([{ from: 0, to: 0, lines: ['a'] }]);
  });

  it('writes them as diff -u does', () => {
    expect(difference(BASE, BASE.replace('three', '3'))).toBe('@@ -1,5 +1,5 @@\n one\n two\n-three\n+3\n four\n five');
    expect(difference(BASE, BASE)).toBe('');
  });

  it('makes the later text of the earlier one, whatever they are', () => {
    let seed = 7;
    const draw = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    for (let round = 0; round < 200; round++) {
      const texts = [0, 1].map(() => Array.from({ length: draw(12) }, () => 'abc'[draw(3)]!));
      const lines = [...texts[0]!];
      for (const { from, to, lines: insert } of hunks(texts[0]!, texts[1]!).toReversed()) lines.splice(from, to - from, ...insert);
      expect(lines).toEqual(texts[1]);
    }
  });
});

describe('merging', () => {
  it('takes what either changed', () => {
    expect(merge(BASE, BASE.replace('one', '1'), `${BASE}\nsix`)).toEqual({ text: '1\ntwo\nthree\nfour\nfive\nsix', conflicts: 0 });
  });

  it('takes once what both changed alike', () => {
    const both = BASE.replace('two', '2');
    expect(merge(BASE, both, both)).toEqual({ text: both, conflicts: 0 });
  });

  it('marks what each changed in another way', () => {
    const { text, conflicts } = merge(BASE, BASE.replace('two', 'mine'), BASE.replace('two', 'theirs'));
    expect(conflicts).toBe(1);
    expect(text).toBe('one\n<<<<<<< draft\nmine\n=======\ntheirs\n>>>>>>> published\nthree\nfour\nfive');
  });
});
