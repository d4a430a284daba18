import {
  Background,
  BackgroundVariant,
  Controls,
  type Edge,
  type EdgeTypes,
  type Node,
  type NodeTypes,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import '../styles/graph.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import { t } from '../i18n/text';
import type { StepStore } from '../state/stepStore';
import type { Graph } from './compile';
import { StepEdge } from './edge';
import { ancestors, openAtFirst } from './fold';
import { layout } from './layout';
import { StepNode } from './nodes';

const NODE_TYPES = { step: StepNode } as unknown as NodeTypes;
const EDGE_TYPES = { way: StepEdge } as unknown as EdgeTypes;
/** A graph that fits at this size or larger is shown whole at first. */
const FIT_FROM = 0.55;
const FIT_MAX = 1;
const FOCUS_ZOOM = 0.9;
const MARGIN = 24;

/** How the steps and ways of a graph are drawn, and what those who draw them are given besides. */
export interface Drawing {
  nodeTypes: NodeTypes;
  edgeTypes: EdgeTypes;
  data: object;
  /** Whether a step that is selected elsewhere is brought into view. */
  follows?: boolean;
}

const OF_RUN: Drawing = { nodeTypes: NODE_TYPES, edgeTypes: EDGE_TYPES, data: {} };

interface Props {
  graph: Graph;
  store: StepStore;
  step: string | null;
  onSelect: (state: string) => void;
  drawing?: Drawing;
}

/** The graph, drawn. It is laid out anew only when a container opens or closes. */
export function Canvas(props: Props) {
  return (
    <ReactFlowProvider>
      <Drawn {...props} />
    </ReactFlowProvider>
  );
}

function Drawn({ graph, store, step, onSelect, drawing = OF_RUN }: Props) {
  const [open, setOpen] = useOpen(graph, step);
  // A step that is selected elsewhere is not hidden in a folded container.
  const hidden = step === null ? [] : ancestors(graph, step).filter((id) => !open.has(id));
  useEffect(() => {
    if (hidden.length > 0) setOpen((before) => new Set([...before, ...hidden]));
  }, [hidden.join('\n')]);
  const placed = useMemo(() => layout(graph, open), [graph, open]);
  const toggle = useRef((id: string) =>
    setOpen((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    }),
  ).current;
  const select = useRef(onSelect);
  select.current = onSelect;

  const nodes = useMemo(
    () =>
      graph.nodes.flatMap((node): Node[] => {
        const box = placed.boxes.get(node.id);
        if (!box) return [];
        const depth = ancestors(graph, node.id).length;
        const data = { node, graph, store, isOpen: open.has(node.id), toggle, select };
        return [
          {
            id: node.id,
            type: 'step',
            position: { x: box.x, y: box.y },
            width: box.w,
            height: box.h,
            zIndex: depth * 2,
            // The canvas would let clicks through to what lies behind.
            style: { pointerEvents: 'all' },
            data: { ...data, ...drawing.data, isSelected: node.id === step },
          },
        ];
      }),
    [graph, placed, open, step, store, toggle, drawing],
  );
  const edges = useMemo(
    () =>
      graph.edges.flatMap((edge): Edge[] => {
        const way = placed.ways.get(edge.id);
        if (!way) return [];
        const isNear = edge.from === step || edge.to === step;
        const depth = ancestors(graph, edge.from).length;
        return [
          {
            id: edge.id,
            source: edge.from,
            target: edge.to,
            type: 'way',
            zIndex: depth * 2 + 1,
            data: { edge, way, store, isNear, ...drawing.data },
          },
        ];
      }),
    [graph, placed, step, store, drawing],
  );
  useFirstView(placed, step);
  useFollow(placed, drawing.follows ? step : null);
  return (
    <div className="canvas">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={drawing.nodeTypes}
        edgeTypes={drawing.edgeTypes}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        deleteKeyCode={null}
        minZoom={0.03}
        maxZoom={1.6}
        aria-label={t('run.graphOf')}
        ariaLabelConfig={{
          'controls.ariaLabel': t('run.zoom'),
          'controls.zoomIn.ariaLabel': t('run.zoomIn'),
          'controls.zoomOut.ariaLabel': t('run.zoomOut'),
          'controls.fitView.ariaLabel': t('run.fit'),
        }}
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1} />
        <Controls showInteractive={false} fitViewOptions={{ maxZoom: FIT_MAX }} />
      </ReactFlow>
    </div>
  );
}

/** Moves a step that is selected into the middle, unless all of it is seen. */
function useFollow({ boxes }: { boxes: Map<string, { x: number; y: number; w: number; h: number }> }, step: string | null): void {
  const flow = useReactFlow();
  const height = useStore((state) => state.height);
  const width = useStore((state) => state.width);
  useEffect(() => {
    const box = step === null ? undefined : boxes.get(step);
    if (!box || width === 0) return;
    const { x, y, zoom } = flow.getViewport();
    const [left, top] = [box.x * zoom + x, box.y * zoom + y];
    const isSeen = left >= 0 && top >= 0 && left + box.w * zoom <= width && top + Math.min(box.h * zoom, height) <= height;
    if (!isSeen) void flow.setCenter(box.x + box.w / 2, box.y + Math.min(box.h, height / zoom) / 2, { zoom });
  }, [flow, boxes, step, width, height]);
}

/** Which containers are open. Those that come into a graph while it is seen are, as those of a new one would be. */
function useOpen(graph: Graph, step: string | null) {
  const [open, setOpen] = useState(() => openAtFirst(graph, step));
  const known = useRef(graph);
  useEffect(() => {
    const before = new Set(known.current.nodes.map(({ id }) => id));
    known.current = graph;
    const fresh = [...openAtFirst(graph, null)].filter((id) => !before.has(id));
    if (fresh.length > 0) setOpen((now) => new Set([...now, ...fresh]));
  }, [graph]);
  return [open, setOpen] as const;
}

/** Shows all of a graph that stays readable so, else the selected step or the beginning. */
function useFirstView(placed: { boxes: Map<string, { x: number; y: number; w: number; h: number }>; width: number; height: number }, step: string | null): void {
  const flow = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const done = useRef(false);
  useEffect(() => {
    if (done.current || width === 0 || height === 0) return;
    done.current = true;
    const zoom = Math.min(
      FIT_MAX,
      (width - 2 * MARGIN) / Math.max(1, placed.width),
      (height - 2 * MARGIN) / Math.max(1, placed.height),
    );
    if (zoom >= FIT_FROM) {
      const x = (width - placed.width * zoom) / 2;
      void flow.setViewport({ x, y: Math.max(MARGIN, (height - placed.height * zoom) / 2), zoom });
      return;
    }
    const first = [...placed.boxes.values()][0];
    const box = (step !== null ? placed.boxes.get(step) : undefined) ?? first;
    if (!box) return;
    const isTall = box.h * FOCUS_ZOOM > height;
    void flow.setViewport({
      x: width / 2 - (box.x + box.w / 2) * FOCUS_ZOOM,
      y: step === null || isTall ? MARGIN - box.y * FOCUS_ZOOM : height / 2 - (box.y + box.h / 2) * FOCUS_ZOOM,
      zoom: FOCUS_ZOOM,
    });
  }, [flow, width, height, placed, step]);
}
