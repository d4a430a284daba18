import { CompletionContext } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { expect, it } from 'vitest';
import { complete } from './complete';

const SAMPLE = '{"order": {"id": 7, "total": 12.5}, "customer": "c-1"}';

function offered(isYaml: boolean, text: string): string[] {
  const at = text.indexOf('|');
  const state = EditorState.create({ doc: text.replace('|', '') });
  const found = complete({ isYaml, steps: ['load', 'check'], sample: SAMPLE, variables: () => ['total'] }, new CompletionContext(state, at, true));
  const rest = found ? state.doc.sliceString(found.from, at) : '';
  return found?.options.map(({ label }) => label).filter((label) => label.startsWith(rest)) ?? [];
}

it('completes names of steps where they are linked', () => {
  expect(offered(false, '{"Type": "Pass", "Next": "lo|"')).toEqual(['load']);
  expect(offered(true, '    needs: |')).toEqual(['load', 'check']);
  expect(offered(true, '    needs: [load, ch|')).toEqual(['check']);
  expect(offered(true, '  tell: {needs: ch|')).toEqual(['check']);
  expect(offered(false, '{"Comment": "lo|"')).toEqual([]);
});

it('completes paths over the sample', () => {
  expect(offered(false, '"InputPath": "$.|"')).toEqual(['order', 'customer']);
  expect(offered(false, '"InputPath": "$.order.t|"')).toEqual(['total']);
  expect(offered(false, '"Output": "{% $states.input.order.i|')).toEqual(['id']);
  expect(offered(true, 'run: echo ${{ params.order.|')).toEqual(['id', 'total']);
});

it('completes what expressions begin with', () => {
  expect(offered(false, '"Output": "{% $states.in|')).toEqual(['input']);
  expect(offered(false, '"Output": "{% $su|')).toEqual(['$sum']);
  expect(offered(true, '    if: needs.lo|')).toEqual(['load']);
  expect(offered(true, 'x: ${{ needs.load.|')).toEqual(['output', 'state', 'artifacts']);
  expect(offered(false, '"Output": "{% 1 %} $states.|"')).toEqual([]);
});

it('completes the context object and what states assign', () => {
  expect(offered(false, '"Output": "{% $states.context.Execution.|')).toContain('StartTime');
  expect(offered(false, '"InputPath": "$$.State.N|"')).toEqual(['Name']);
  expect(offered(false, '"Output": "{% $to|')).toEqual(['$total']);
  expect(offered(false, '"InputPath": "$to|"')).toEqual(['$total']);
});
