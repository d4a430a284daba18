import type { EdgeTypes, NodeTypes } from '@xyflow/react';
import { useMemo, useRef, useState } from 'react';
import { Canvas } from '../graph/Canvas';
import type { Graph } from '../graph/compile';
import { StepStore } from '../state/stepStore';
import { DraftEdge } from './DraftEdge';
import { DraftNode } from './DraftNode';
import type { Mark } from './marks';
import type { Spot } from './writing';

const NODE_TYPES = { step: DraftNode } as unknown as NodeTypes;
const EDGE_TYPES = { way: DraftEdge } as unknown as EdgeTypes;
const NONE = new Map<string, never>();

interface Props {
  graph: Graph;
  step: string | null;
  onSelect: (step: string) => void;
  marks?: ReadonlyMap<string, Mark>;
  problems?: ReadonlyMap<string, number>;
  /** Asks what to put in a place; not there where the graph is only shown. */
  onInsert?: (spot: Spot) => void;
}

/** The graph of a draft, as the canvas of runs draws it, but with what matters to its writer. */
export function DraftCanvas({ graph, step, onSelect, marks = NONE, problems = NONE, onInsert }: Props) {
  // Steps of a draft have no state.
  const [store] = useState(() => new StepStore());
  const insert = useRef(onInsert ?? (() => {}));
  if (onInsert) insert.current = onInsert;
  const canInsert = onInsert !== undefined;
  const drawing = useMemo(
    () => ({ nodeTypes: NODE_TYPES, edgeTypes: EDGE_TYPES, data: { marks, problems, ...(canInsert && { insert }) }, follows: true }),
    [marks, problems, canInsert],
  );
  return <Canvas graph={graph} store={store} step={step} onSelect={onSelect} drawing={drawing} />;
}
