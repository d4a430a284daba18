import { expect, it } from 'vitest';
import { compile, condition } from './compile';

it('makes nothing of a text that is no definition', () => {
  for (const text of ['', '{', '[]', '{"States": 1}', 'null']) expect(compile(text)).toBeNull();
});

it('knows what is called', () => {
  const sub = (state: object) => compile(JSON.stringify({ StartAt: 'A', States: { A: state } }))!.nodes[0]!.sub;
  expect(sub({ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: { FunctionName: 'greet' } })).toBe('lambda:invoke · greet');
  expect(sub({ Type: 'Task', Resource: 'arn:aws:states:us-east-1:000000000000:activity:Work' })).toBe('Work');
  expect(sub({ Type: 'Wait', Seconds: 5 })).toBe('5\u2009s');
  expect(sub({ Type: 'Fail', Error: 'Broken' })).toBe('Broken');
});

it('says when a rule holds', () => {
  expect(condition({ Variable: '$.n', NumericGreaterThan: 3, Next: 'X' })).toBe('$.n > 3');
  expect(condition({ Condition: '{% $n > 3 %}', Next: 'X' })).toBe('$n > 3');
  const both = [{ Variable: '$.a', IsNull: true }, { Variable: '$.b', StringEquals: 'x' }];
  expect(condition({ And: both })).toBe('$.a IsNull true and $.b = "x"');
});

it('draws the ways of catchers beside the others', () => {
  const states = { A: { Type: 'Pass', Next: 'B', Catch: [{ ErrorEquals: ['E'], Next: 'B' }] }, B: { Type: 'Succeed' } };
  const { edges } = compile(JSON.stringify({ StartAt: 'A', States: states }))!;
  expect(edges.map(({ kind, label }) => [kind, label])).toEqual([['next', ''], ['catch', 'E']]);
});
