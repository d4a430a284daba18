import { Link } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { DraftView } from '../../api/schema';
import { Page } from '../../components/Page';
import { t } from '../../i18n/text';
import { useKeys } from '../../state/keys';
import { complete } from '../../studio/complete';
import { Editor, type EditorHandle } from '../../studio/Editor';
import { machine } from '../../studio/machine';
import { pipeline } from '../../studio/pipeline';
import { fixed, type FoundProblem, locate, stepAt } from '../../studio/problems';
import { useDraft } from '../../studio/useDraft';
import { useDrawn, useLook } from '../../studio/useLook';
import { useSample } from '../../studio/useSample';
import type { Spot } from '../../studio/writing';
import { AddStep } from './AddStep';
import { Board } from './Board';
import { Drawer } from './Drawer';
import { Notices } from './Notices';
import { type Dialog, Orders } from './Orders';
import { StepForm } from './StepForm';

/** The text of a draft beside its graph: whatever is done in one shows in the other. */
export function Workbench({ begun, run }: { begun: DraftView; run: string | undefined }) {
  const writer = useDraft(begun);
  const { draft, text, write } = writer;
  const isYaml = draft.kind === 'PIPELINE';
  const writing = isYaml ? pipeline : machine;
  const editor = useRef<EditorHandle>(null);
  const [step, setStep] = useState<string | null>(null);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const [spot, setSpot] = useState<Spot | null>(null);
  const [sample, setSample] = useSample(draft, run);
  const look = useLook(draft.kind, text);
  const drawn = useDrawn(draft.kind, text, look, draft.base);
  const places = useMemo(() => writing.places(text), [writing, text]);
  const problems = useProblems(look, text, writing.places);

  const put = (next: string) => next !== text && editor.current?.put(next);
  const select = (id: string) => {
    setStep(id);
    const place = places.find((one) => one.id === id);
    if (place) editor.current?.show(place.nameFrom, place.nameTo);
  };
  const add = (kind: string) => {
    const added = spot && writing.add(text, spot, kind);
    setSpot(null);
    if (!added) return;
    put(added.text);
    setStep(added.id);
    const place = writing.places(added.text).find(({ id }) => id === added.id);
    if (place) editor.current?.show(place.nameFrom, place.nameTo);
  };
  const remove = () => {
    if (step === null) return;
    put(writing.remove(text, step));
    setStep(null);
  };
  const isThere = step !== null && places.some(({ id }) => id === step);
  const addBehind = () => setSpot({ from: isThere ? step : null });
  useKeys({ a: addBehind, Delete: remove });
  const show = useCallback((problem: FoundProblem) => {
    setStep(problem.step);
    editor.current?.show(problem.from, problem.to, true);
  }, []);

  const title = (isYaml ? nameIn(text) : null) ?? (draft.name || t('studio.unnamed'));
  return (
    <Page
      title={title}
      tab={`${title} · ${t('frame.studio')}`}
      fills
      crumbs={<Link to="/studio">{t('frame.studio')}</Link>}
      actions={<Orders writer={writer} title={title} look={look} drawn={drawn} sample={sample} dialog={dialog} onDialog={setDialog} onPut={put} />}
    >
      <Notices writer={writer} problems={problems} onPut={put} />
      <div className="studio">
        <div className="studio-side">
          <Board
            drawn={drawn}
            step={step}
            problems={problems}
            onSelect={select}
            onInsert={setSpot}
            onAdd={addBehind}
            onRemove={isThere ? remove : undefined}
            onUndo={() => editor.current?.undo()}
            onRedo={() => editor.current?.redo()}
          />
          {isThere && <StepForm key={step} id={step} text={text} writing={writing} onPut={put} onRenamed={setStep} />}
        </div>
        <Editor
          ref={editor}
          label={t('studio.text')}
          isYaml={isYaml}
          text={text}
          problems={problems}
          complete={(context) => complete({ isYaml, steps: places.map(({ id }) => id), sample }, context)}
          onChange={write}
          onMove={(at) => setStep(stepAt(places, at))}
          onFix={(problem) => put(fixed(text, problem))}
        />
        <Drawer
          problems={problems}
          isLooking={look === null}
          step={isThere ? step : null}
          draft={draft}
          text={text}
          sample={sample}
          onSample={setSample}
          onShow={show}
          onFix={(problem) => put(fixed(text, problem))}
        />
      </div>
      {spot && <AddStep kinds={writing.kinds} spot={spot} onChoose={add} onClose={() => setSpot(null)} />}
    </Page>
  );
}

/** What the server said last, found in the text that it was shown. While that is another one, nothing moves. */
function useProblems(look: ReturnType<typeof useLook>, text: string, placesOf: typeof machine.places): readonly FoundProblem[] {
  const last = useRef<readonly FoundProblem[]>([]);
  const found = useMemo(
    () => (look?.text === text ? locate(text, look.looked.problems, placesOf(text)) : null),
    [look, look?.text === text],
  );
  if (found) last.current = found;
  return last.current;
}

function nameIn(text: string): string | null {
  return /^pipeline:\s*["']?([\w-]+)/m.exec(text)?.[1] ?? null;
}
