import { useMemo } from 'react';
import { CodeView } from '../../components/CodeView';
import { JsonView } from '../../components/JsonView';
import type { GraphNode } from '../../graph/compile';
import { pretty } from '../../state/format';
import { sourceOf } from '../../studio/sourceOf';

/** A state that is written on a longer line is laid out. */
const LINE_CHARS_MAX = 80;

interface Props {
  title: string;
  /** The definition that the run has. */
  definition: string;
  node: GraphNode;
  isPipeline: boolean;
}

/** What the definition says of a step, in its own words. What cannot be found there is told by the graph. */
export function SourceText({ title, definition, node, isPipeline }: Props) {
  const source = useMemo(() => {
    const found = sourceOf(isPipeline || definition.trim().includes('\n') ? definition : pretty(definition), node.id, isPipeline);
    const isBlob = !isPipeline && found !== null && found.length > LINE_CHARS_MAX && !found.includes('\n');
    return isBlob ? pretty(found) : found;
  }, [definition, node.id, isPipeline]);
  return source === null ? <JsonView title={title} text={JSON.stringify(node.source)} /> : <CodeView title={title} text={source} />;
}
