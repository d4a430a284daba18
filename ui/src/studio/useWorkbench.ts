import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { DraftView } from '../api/schema';
import type { EditorHandle } from './Editor';
import { machine } from './machine';
import { pipeline } from './pipeline';
import { fixed, type FoundProblem, locate, stepAt } from './problems';
import { useDraft, type Writer } from './useDraft';
import { type Drawn, type Look, useDrawn, useLook } from './useLook';
import { type Place, type Spot, spanOf, type Writing } from './writing';

/** A draft on the workbench: its text, what is seen of it, and what can be done to it. */
export interface Workbench {
  writer: Writer;
  writing: Writing;
  editor: RefObject<EditorHandle | null>;
  look: Look | null;
  drawn: Drawn;
  places: readonly Place[];
  problems: readonly FoundProblem[];
  /** The step that is chosen, if the text has it. */
  step: string | null;
  /** Puts another text in the place of this one; the editor undoes it as a whole. */
  put: (text: string) => void;
  choose: (step: string | null) => void;
  /** Chooses a step and goes there in the text. */
  select: (step: string) => void;
  /** Chooses the step that a place of the text is in. */
  moveTo: (at: number) => void;
  add: (spot: Spot, kind: string) => void;
  /** Leads a way to another step, or a new one to it. */
  connect: (way: Spot, to: string) => void;
  remove: () => void;
  show: (problem: FoundProblem) => void;
  fix: (problem: FoundProblem) => void;
}

/** Begins with a step that is shown, if there is one. */
export function useWorkbench(begun: DraftView, shown?: string): Workbench {
  const writer = useDraft(begun);
  const { draft, text } = writer;
  const writing = draft.kind === 'PIPELINE' ? pipeline : machine;
  const editor = useRef<EditorHandle>(null);
  const [chosen, choose] = useState<string | null>(shown ?? null);
  const look = useLook(draft.kind, text);
  const drawn = useDrawn(draft.kind, text, look, draft.base);
  const places = useMemo(() => writing.places(text), [writing, text]);
  const problems = useProblems(look, text, writing);
  const step = places.some(({ id }) => id === chosen) ? chosen : null;
  const put = (next: string) => {
    if (next !== text) editor.current?.put(next);
  };
  const goTo = (id: string, among: readonly Place[]) => {
    choose(id);
    const place = among.find((one) => one.id === id);
    if (place) editor.current?.show(place.nameFrom, place.nameTo);
  };
  useEffect(() => {
    if (step !== null) goTo(step, places);
  }, []);
  const show = useCallback((problem: FoundProblem) => {
    choose(problem.step);
    editor.current?.show(problem.from, problem.to, true);
  }, []);
  return {
    writer, writing, editor, look, drawn, places, problems, step, put, choose, show,
    select: (id) => goTo(id, places),
    moveTo: (at) => choose(stepAt(places, at)),
    fix: (problem) => put(fixed(text, problem)),
    add: (spot, kind) => {
      const added = writing.add(text, spot, kind);
      if (!added) return;
      put(added.text);
      choose(added.id);
      const span = spanOf(added, writing.places(added.text));
      if (span) editor.current?.show(span.from, span.to, Boolean(added.blank));
    },
    connect: (way, to) => put(writing.connect(text, way, to)),
    remove: () => {
      if (step === null) return;
      put(writing.remove(text, step));
      choose(null);
    },
  };
}

/** What the server said last, found in the text that it was shown. While that is another one, nothing moves. */
function useProblems(look: Look | null, text: string, writing: Writing): readonly FoundProblem[] {
  const last = useRef<readonly FoundProblem[]>([]);
  const isOfText = look?.text === text;
  const found = useMemo(() => (look && isOfText ? locate(text, look.looked.problems, writing.places(text)) : null), [look, isOfText]);
  if (found) last.current = found;
  return last.current;
}
