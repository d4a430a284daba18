import { useMemo } from 'react';
import { CodeView } from '../../components/CodeView';
import { JsonView } from '../../components/JsonView';
import type { GraphNode } from '../../graph/compile';
import { pretty } from '../../state/format';
import { sourceOf } from '../../studio/sourceOf';

interface Props {
  title: string;
  /** The definition that the run has. */
  definition: string;
  node: GraphNode;
  isPipeline: boolean;
}

/** What the definition says of a step, in its own words. What cannot be found there is told by the graph. */
export function SourceText({ title, definition, node, isPipeline }: Props) {
  const source = useMemo(
    () => sourceOf(isPipeline || definition.includes('\n') ? definition : pretty(definition), node.id, isPipeline),
    [definition, node.id, isPipeline],
  );
  return source === null ? <JsonView title={title} text={JSON.stringify(node.source)} /> : <CodeView title={title} text={source} />;
}
