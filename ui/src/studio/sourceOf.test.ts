import { expect, test } from 'vitest';
import { sourceOf } from './sourceOf';

const PIPELINE = `pipeline: nightly
tasks:
  load:
    # Only new rows.
    run: |
      echo one
        echo two
  group:
    tasks:
      inner: {noop: true}
`;
const MACHINE = `{
  "StartAt": "Each",
  "States": {
    "Each": {
      "Type": "Map",
      "ItemProcessor": {"StartAt": "In", "States": {
        "In": {
          "Type": "Pass"
        }
      }}
    }
  }
}`;

test('a task stands as in its file, with comments, at the first column', () => {
  expect(sourceOf(PIPELINE, 'load', true)).toBe('load:\n  # Only new rows.\n  run: |\n    echo one\n      echo two');
  expect(sourceOf(PIPELINE, 'group.inner', true)).toBe('inner: {noop: true}');
});

test('a state stands as in its definition, wherever it is nested', () => {
  expect(sourceOf(MACHINE, 'In', false)).toBe('"In": {\n  "Type": "Pass"\n}');
});

test('what is not there has no text', () => {
  expect(sourceOf(MACHINE, 'Out', false)).toBeNull();
});
