import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client';
import { drafts } from '../../api/drafts';
import { Answer } from '../../components/Answer';
import { Field } from '../../components/Field';
import { Status } from '../../components/Glyph';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { runName } from '../../state/arn';
import { textOf } from '../../state/equivalents';
import { useRefusal } from '../../state/role';
import { isOver, ofRun } from '../../state/status';
import { observedAt } from '../../studio/observed';
import type { Writer } from '../../studio/useDraft';
import { EVENTS_MAX } from './DataFlow';
import { ObservedData } from './ObservedData';
import { inputOf } from './RunDraft';

/** How often a run that goes on is looked at. */
const LOOK_MS = 500;

interface Props {
  step: string | null;
  writer: Writer;
  isValid: boolean;
  sample: string;
  needs: readonly string[];
}

/** A run of the draft as far as a step. */
interface Tried {
  run: string;
  step: string;
  needs: readonly string[];
}

/** Runs the draft from its start to a step, and shows what the step is given and gives. */
export function UpTo({ step, writer: { draft, saver }, isValid, sample, needs }: Props) {
  const [tried, setTried] = useState<Tried | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const refusal = useRefusal('author');
  if (draft.of === undefined) return <p className="hint drawer-hint">{t('studio.upToNew')}</p>;
  if (draft.kind === 'EXPRESS') return <p className="hint drawer-hint">{t('studio.upToExpress')}</p>;
  if (step === null) return <p className="hint drawer-hint">{t('studio.testNone')}</p>;
  const begin = async (input: string) => {
    if (!(await saver.flush())) throw new Error(t('studio.notSavedYet'));
    const { id } = await drafts.run(draft.id, { saves: saver.saves, input, until: step });
    setTried({ run: id, step, needs });
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    setTried(null);
    setError(null);
    void begin(textOf(new FormData(event.currentTarget), 'input')).catch(setError).finally(() => setBusy(false));
  };
  return (
    <div className="test">
      <form className="test-form" onSubmit={submit}>
        <p className="hint">{t('studio.upToHint', { name: step })}</p>
        <Field label={draft.kind === 'PIPELINE' ? t('studio.paramsJson') : t('studio.sampleInput')}>
          <textarea key={sample} name="input" className="mono" rows={4} defaultValue={inputOf(draft, sample)} spellCheck={false} />
        </Field>
        <button type="submit" className="primary" disabled={isBusy || !isValid || refusal !== undefined} title={refusal}>
          {t('studio.upToGo', { name: step })}
        </button>
        {!isValid && <p className="hint">{t('studio.upToInvalid')}</p>}
      </form>
      <div className="trace" aria-live="polite">
        {error !== null && <Problem error={error} />}
        {tried && <TriedRun key={tried.run} tried={tried} isOfPipeline={draft.kind === 'PIPELINE'} />}
      </div>
    </div>
  );
}

function TriedRun({ tried: { run, step, needs }, isOfPipeline }: { tried: Tried; isOfPipeline: boolean }) {
  const view = useQuery({
    queryKey: ['run', run],
    queryFn: () => api.view(run),
    refetchInterval: ({ state }) => (state.data && isOver(state.data.run.status) ? false : LOOK_MS),
  });
  const status = view.data?.run.status;
  const events = useQuery({ queryKey: ['event', run, 'all', status], queryFn: () => api.events(run, 1, EVENTS_MAX), enabled: status !== undefined });
  const observed = events.data && observedAt(events.data.items, step, needs, isOfPipeline);
  return (
    <Answer of={view} what={t('studio.theFlow')}>
      {({ run: { id, status } }) => (
        <>
          <p className="facts">
            <Status status={ofRun(status)} />
            <Link to="/runs/$id" params={{ id }} className="mono">{runName(id)}</Link>
          </p>
          {observed && <ObservedData observed={observed} />}
          {observed === null && isOver(status) && <p className="hint">{t('studio.notReached', { name: step })}</p>}
        </>
      )}
    </Answer>
  );
}
