import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import type { DraftView } from '../../api/schema';
import { Page } from '../../components/Page';
import { t } from '../../i18n/text';
import { useKeys } from '../../state/keys';
import { complete } from '../../studio/complete';
import { Editor } from '../../studio/Editor';
import { useSample } from '../../studio/useSample';
import { useWorkbench } from '../../studio/useWorkbench';
import type { Spot } from '../../studio/writing';
import { AddStep } from './AddStep';
import { Board } from './Board';
import { Drawer } from './Drawer';
import { Notices } from './Notices';
import { Orders } from './Orders';
import { StepForm } from './StepForm';

interface Props {
  begun: DraftView;
  run: string | undefined;
  /** The step that the address names. */
  shown: string | undefined;
  /** Takes the step that is chosen now. */
  onStep: (step: string | null) => void;
}

/** The text of a draft beside its graph: whatever is done in one shows in the other. */
export function Workbench({ begun, run, shown, onStep }: Props) {
  const bench = useWorkbench(begun, shown);
  const { writer, writing, step, places } = bench;
  const { draft, text } = writer;
  const [spot, setSpot] = useState<Spot | null>(null);
  const [sample, setSample] = useSample(draft, run);
  useEffect(() => onStep(step), [step]);
  const addBehind = () => setSpot({ from: step });
  useKeys({ a: addBehind, Delete: bench.remove });
  const isYaml = draft.kind === 'PIPELINE';
  const title = (isYaml ? nameIn(text) : null) ?? (draft.name || t('studio.unnamed'));
  const steps = places.map(({ id }) => id);
  const assigned = (id: string) => Object.keys(writing.form(text, id)?.values['Assign'] ?? {}).map((name) => name.replace(/\.\$$/, ''));
  const known = { isYaml, steps, sample, variables: () => [...new Set(steps.flatMap(assigned))] };
  return (
    <Page
      title={title}
      tab={`${title} · ${t('frame.studio')}`}
      fills
      crumbs={<Link to="/studio">{t('frame.studio')}</Link>}
      actions={<Orders bench={bench} title={title} sample={sample} run={run} />}
    >
      <Notices bench={bench} />
      <div className="studio">
        <Board bench={bench} onInsert={setSpot} onAdd={addBehind} />
        {step !== null && <StepForm key={step} id={step} text={text} writing={writing} onPut={bench.put} onRenamed={bench.choose} />}
        <Editor
          ref={bench.editor}
          label={t('studio.text')}
          isYaml={isYaml}
          text={text}
          problems={bench.problems}
          complete={(context) => complete(known, context)}
          onChange={writer.write}
          onMove={bench.moveTo}
          onFix={bench.fix}
        />
        <Drawer bench={bench} sample={sample} run={run} begins={run !== undefined && shown !== undefined ? 'test' : 'problems'} onSample={setSample} />
      </div>
      {spot && (
        <AddStep
          writing={writing}
          spot={spot}
          onChoose={(kind) => {
            // What is to be filled in gets the focus once the dialog has given it back.
            flushSync(() => setSpot(null));
            bench.add(spot, kind);
          }}
          onClose={() => setSpot(null)}
        />
      )}
    </Page>
  );
}

function nameIn(text: string): string | null {
  return /^pipeline:\s*["']?([\w-]+)/m.exec(text)?.[1] ?? null;
}
