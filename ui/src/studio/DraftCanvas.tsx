import { useMemo, useState } from 'react';
import { Canvas, type Drawing } from '../graph/Canvas';
import type { Graph } from '../graph/compile';
import { MiniMap } from '../graph/MiniMap';
import { StepStore } from '../state/stepStore';
import { DeskContext, type Desk } from './desk';
import { DraftEdge } from './DraftEdge';
import { DraftNode } from './DraftNode';
import { LinkLayer } from './LinkLayer';
import { Linking } from './linking';
import type { Mark } from './marks';
import type { Spot } from './writing';

const NONE = new Map<string, never>();

/** What can be done on the canvas; not there where a graph is only shown. */
export interface Handles {
  /** Asks what to put in a place. */
  insert: (spot: Spot) => void;
  /** Returns which steps a way from a step can lead to. */
  others: (from: string) => readonly string[];
  /** Leads a way, or a new one from a step, to a step. */
  connect: (way: Spot, to: string) => void;
}

interface Props {
  graph: Graph;
  step: string | null;
  onSelect: (step: string) => void;
  marks?: ReadonlyMap<string, Mark>;
  problems?: ReadonlyMap<string, number>;
  handles?: Handles;
}

/** The graph of a draft, as the canvas of runs draws it, but with what matters to its writer. */
export function DraftCanvas({ graph, step, onSelect, marks = NONE, problems = NONE, handles }: Props) {
  // Steps of a draft have no state.
  const [store] = useState(() => new StepStore());
  const [linking] = useState(() => new Linking());
  const desk = useMemo<Desk>(() => ({ marks, problems, linking, handles: handles ?? null }), [marks, problems, linking, handles]);
  const drawing = useMemo<Drawing>(
    () => ({
      Node: DraftNode,
      Way: DraftEdge,
      follows: true,
      besides: (view, placed) => (
        <>
          <LinkLayer linking={linking} />
          <MiniMap view={view} placed={placed} />
        </>
      ),
    }),
    [linking],
  );
  return (
    <DeskContext value={desk}>
      <Canvas graph={graph} store={store} step={step} onSelect={onSelect} drawing={drawing} />
    </DeskContext>
  );
}
