import '../styles/graph.css';
import {
  type ComponentType, type FocusEvent, memo, type ReactNode, type UIEvent, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore,
} from 'react';
import { t } from '../i18n/text';
import { useKeys } from '../state/keys';
import type { StepStore } from '../state/stepStore';
import type { Graph, GraphEdge, GraphNode } from './compile';
import { StepEdge } from './edge';
import { ancestors, useOpen } from './fold';
import { useGestures } from './gestures';
import { type Box, layout, type Layout, type Point } from './layout';
import { MiniMap } from './MiniMap';
import { StepNode } from './nodes';
import { meets, View, ZOOM } from './view';

/** A graph that fits at this size or larger is shown whole at first. */
const FIT_FROM = 0.55;
const FIT_MAX = 1;
const FOCUS_ZOOM = 0.9;
/** What lies on the canvas, its zoom and above it a switch, has room beside a graph that is fitted. */
const ROOM = { x: 52, y: 44 };
/** How much a button zooms. */
const ZOOM_STEP = 1.25;
/** Of a graph with more steps and containers, what is not near what is seen is not drawn. */
const DRAWN_WHOLE = 40;
/** Distance of the dots behind a graph. */
const DOTS = 24;

/** What a step is drawn from. */
export interface NodeProps {
  node: GraphNode;
  graph: Graph;
  store: StepStore;
  isOpen: boolean;
  isSelected: boolean;
  hands: Hands;
}

/** What a way is drawn from. */
export interface WayProps {
  edge: GraphEdge;
  way: Point[];
  store: StepStore;
  /** One of its ends is selected. */
  isNear: boolean;
  /** Containers are drawn below what they hold. */
  layer: number;
}

/** What can be done to a step; it stays the same. */
export interface Hands {
  toggle: (id: string) => void;
  select: (id: string) => void;
}

/** How the steps and ways of a graph are drawn. */
export interface Drawing {
  Node: ComponentType<NodeProps>;
  Way: ComponentType<WayProps>;
  /** Whether a step that is selected elsewhere is brought into view. */
  follows?: boolean;
  /** Whether no more of a large graph is drawn than what is seen, and what is near that. */
  inPart?: boolean;
  /** What else is drawn, by the place and the size of all. */
  besides?: (view: View, placed: Layout) => ReactNode;
}

const OF_RUN: Drawing = {
  Node: StepNode,
  Way: StepEdge,
  follows: true,
  inPart: true,
  besides: (view, placed) => <MiniMap view={view} placed={placed} />,
};

interface Props {
  graph: Graph;
  store: StepStore;
  step: string | null;
  onSelect: (state: string) => void;
  drawing?: Drawing;
  /** The containers that are open at first, if that was said; told when the reader opens or folds one. */
  opened?: readonly string[] | undefined;
  onOpened?: ((ids: readonly string[]) => void) | undefined;
}

/** The graph, drawn. It is laid out anew only when a container opens or closes, and what changes of a step is drawn by that alone. */
export const Canvas = memo(function Canvas({ graph, store, step, onSelect, drawing = OF_RUN, opened, onOpened }: Props) {
  const [open, toggle] = useOpen(graph, step, opened, onOpened);
  const placed = useMemo(() => layout(graph, open), [graph, open]);
  const depths = useMemo(() => new Map(graph.nodes.map(({ id }) => [id, ancestors(graph, id).length])), [graph]);
  const select = useRef(onSelect);
  select.current = onSelect;
  const [hands] = useState<Hands>(() => ({ toggle, select: (id) => select.current(id) }));
  const [view] = useState(() => new View());
  const pane = useRef<HTMLDivElement>(null);
  view.over(placed.width, placed.height);
  const followed = useFollow(view, placed, drawing.follows ? step : null);
  useSize(pane, view, followed);
  useGestures(pane, view);
  useFirstView(view, placed, step);
  const near = useNear(view, drawing.inPart === true && placed.boxes.size > DRAWN_WHOLE);
  const fit = () => view.fit(ROOM, FIT_MAX);
  useKeys({ '+': () => view.zoomBy(ZOOM_STEP), '-': () => view.zoomBy(1 / ZOOM_STEP), '0': fit });
  const reveal = ({ target }: FocusEvent<HTMLElement>) => {
    const box = placed.boxes.get(target.closest<HTMLElement>('[data-step]')?.dataset['step'] ?? '');
    if (box && target.matches(':focus-visible')) view.reveal(box);
  };
  const { Node, Way } = drawing;
  return (
    <div className="canvas">
      <div className="pane" ref={pane} role="region" aria-label={t('graph.graphOf')} onFocus={reveal} onScroll={unscroll}>
        <World view={view}>
          {graph.nodes.map((node) => {
            const box = placed.boxes.get(node.id);
            if (!box || (near && node.id !== step && !meets(near, corners(box)))) return null;
            return (
              <Place key={node.id} box={box} layer={2 * depths.get(node.id)!}>
                <Node node={node} graph={graph} store={store} isOpen={open.has(node.id)} isSelected={node.id === step} hands={hands} />
              </Place>
            );
          })}
          {graph.edges.map((edge) => {
            const way = placed.ways.get(edge.id);
            if (!way || (near && !meets(near, way))) return null;
            const isNear = edge.from === step || edge.to === step;
            return <Way key={edge.id} edge={edge} way={way} store={store} isNear={isNear} layer={2 * depths.get(edge.from)! + 1} />;
          })}
        </World>
        {drawing.besides?.(view, placed)}
      </div>
      <div className="zoom" role="group" aria-label={t('graph.zoom')}>
        <ZoomButton label={t('graph.zoomIn')} path="M7 2v10M2 7h10" onClick={() => view.zoomBy(ZOOM_STEP)} />
        <ZoomButton label={t('graph.zoomOut')} path="M2 7h10" onClick={() => view.zoomBy(1 / ZOOM_STEP)} />
        <ZoomButton label={t('graph.fit')} path="M2 5V2h3M9 2h3v3M12 9v3H9M5 12H2V9" onClick={fit} />
      </div>
    </div>
  );
});

/** Browsers scroll to what gets the focus; here the world is moved instead. */
function unscroll({ currentTarget }: UIEvent<HTMLElement>): void {
  currentTarget.scrollTo(0, 0);
}

/** What is drawn in the units of the graph. It moves without being drawn anew. */
function World({ view, children }: { view: View; children: ReactNode }) {
  const world = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const move = () => {
      const { x, y, zoom } = view;
      const style = world.current!.style;
      style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
      const dots = world.current!.parentElement!.style;
      dots.backgroundPosition = `${x}px ${y}px`;
      // From afar they would be a grey haze: then there are fewer.
      const apart = DOTS * zoom * 2 ** Math.max(0, Math.ceil(-Math.log2(2 * zoom)));
      dots.backgroundSize = `${apart}px ${apart}px`;
    };
    move();
    return view.subscribe(move);
  }, [view]);
  const isFar = useSyncExternalStore(view.subscribe, () => view.zoom < ZOOM.readable);
  return (
    <div className={isFar ? 'world far' : 'world'} ref={world}>
      {children}
    </div>
  );
}

function Place({ box, layer, children }: { box: Box; layer: number; children: ReactNode }) {
  const style = { transform: `translate(${box.x}px, ${box.y}px)`, width: box.w, height: box.h, zIndex: layer };
  return (
    <div className="step-place" style={style}>
      {children}
    </div>
  );
}

function ZoomButton({ label, path, onClick }: { label: string; path: string; onClick: () => void }) {
  return (
    <button type="button" aria-label={label} title={label} onClick={onClick}>
      <svg viewBox="0 0 14 14" aria-hidden="true">
        <path d={path} />
      </svg>
    </button>
  );
}

/** Tells the view how large its pane is. Where there is less room than before, what is followed stays in view. */
function useSize(pane: React.RefObject<HTMLElement | null>, view: View, followed: React.RefObject<Box | null>): void {
  useLayoutEffect(() => {
    const element = pane.current!;
    const measure = () => {
      view.resize(element.clientWidth, element.clientHeight);
      if (followed.current) view.reveal(followed.current);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [pane, view, followed]);
}

/** What of a large graph is drawn; all of others. */
function useNear(view: View, isInPart: boolean): Box | null {
  const told = useSyncExternalStore(view.subscribe, () => (isInPart ? JSON.stringify(view.near()) : 'null'));
  return useMemo(() => JSON.parse(told) as Box | null, [told]);
}

const corners = ({ x, y, w, h }: Box): Point[] => [{ x, y }, { x: x + w, y: y + h }];

/** Brings a step that is selected elsewhere into view. */
function useFollow(view: View, { boxes }: Layout, step: string | null): React.RefObject<Box | null> {
  const followed = useRef<Box>(null);
  useEffect(() => {
    followed.current = (step === null ? undefined : boxes.get(step)) ?? null;
    if (followed.current && view.width > 0) view.reveal(followed.current);
  }, [view, boxes, step]);
  return followed;
}

/** Shows all of a graph that stays readable so, else the selected step or the beginning. */
function useFirstView(view: View, placed: Layout, step: string | null): void {
  const done = useRef(false);
  useLayoutEffect(() => {
    const look = () => {
      if (done.current || view.width === 0 || view.height === 0) return;
      done.current = true;
      if (view.zoomToFit(ROOM, FIT_MAX) >= FIT_FROM) return view.fit(ROOM, FIT_MAX);
      const box = (step !== null ? placed.boxes.get(step) : undefined) ?? [...placed.boxes.values()][0];
      if (!box) return;
      // All of its width is shown, if that is enough to have it readable.
      const wide = (view.width - 2 * ROOM.x) / Math.max(1, placed.width);
      const zoom = Math.min(FOCUS_ZOOM, wide < FIT_FROM ? FOCUS_ZOOM : wide);
      view.centre({ x: wide < FIT_FROM ? box.x + box.w / 2 : placed.width / 2, y: box.y + box.h / 2 }, zoom);
      const isTall = box.h * zoom > view.height;
      if (step === null || isTall) view.set(view.x, ROOM.y - box.y * zoom, zoom);
    };
    look();
    return view.subscribe(look);
  }, [view, placed, step]);
}
