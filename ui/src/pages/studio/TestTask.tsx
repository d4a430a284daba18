import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client';
import { drafts } from '../../api/drafts';
import { runs } from '../../api/runs';
import type { DraftView, TestedTask } from '../../api/schema';
import { Field } from '../../components/Field';
import { Status } from '../../components/Glyph';
import { JsonView } from '../../components/JsonView';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { textOf } from '../../state/equivalents';
import { instant } from '../../state/format';
import { ofTask } from '../../state/status';
import { givenIn } from '../../studio/givenEnds';
import { inputOf } from './RunDraft';
import { type Stand, TestForm } from './TestForm';

/** What workers, people and other runs do is not done in a test. */
const MOCKED: readonly Stand[] = ['order', 'result', 'error'];
/** How a task can have ended. */
const ENDS = '{"output": …}, {"error": {"name": …}}, {"skipped": true}';

interface Props {
  /** The task, by its path. */
  step: string;
  /** The tasks that it and the groups around it need. */
  needs: readonly string[];
  /** What it does, if it is drawn. */
  kind: string | undefined;
  /** Whether it runs once for each of many things. */
  isOfMany: boolean;
  draft: DraftView;
  text: string;
  sample: string;
  /** The run that was opened in Studio. */
  run: string | undefined;
}

/** Runs one task of a pipeline on its own, and shows what it asks for and what becomes of the result. */
export function TestTask({ step, needs, kind, isOfMany, draft, text, sample, run }: Props) {
  const [tested, setTested] = useState<TestedTask | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const test = async (fields: FormData, stand: Stand) => {
    setBusy(true);
    setTested(null);
    setError(null);
    try {
      setTested(await drafts.testTask({ definition: text, task: step, ...asked(fields, stand) }));
    } catch (why) {
      setError(why);
    }
    setBusy(false);
  };
  return (
    <div className="test">
      <TestForm step={step} isBusy={isBusy} stands={kind === 'uses' ? [...MOCKED, 'none'] : MOCKED} error="Exit.1" onTest={(fields, stand) => void test(fields, stand)}>
        <Field label={t('studio.paramsJson')}>
          <textarea key={sample} name="params" className="mono" rows={2} defaultValue={inputOf(draft, sample)} spellCheck={false} />
        </Field>
        {needs.length > 0 && <NeedsField key={`${step} ${run}`} step={step} needs={needs} run={run} />}
        {isOfMany && (
          <Field label={t('studio.item')} hint={t('studio.itemHint')} isOptional>
            <textarea name="item" className="mono" rows={1} spellCheck={false} />
          </Field>
        )}
      </TestForm>
      <div className="trace" aria-live="polite">
        {error !== null && <Problem error={error} />}
        {tested && <Tested of={tested} />}
      </div>
    </div>
  );
}

/** How the needs of a task ended: at first as in the run, then as somebody writes. */
function NeedsField({ step, needs, run }: Pick<Props, 'step' | 'needs' | 'run'>) {
  const given = useQuery({ queryKey: ['given', run, step], queryFn: () => givenOf(run, needs), staleTime: 0, gcTime: 0 });
  const [filled, setFilled] = useState<string>();
  // What is found later is no reason to throw away what was written.
  const first = filled ?? given.data ?? (given.isError ? '' : undefined);
  if (filled === undefined && first !== undefined) setFilled(first);
  return (
    <>
      <Field label={t('studio.needsGave')} hint={ENDS}>
        <textarea key={String(first === undefined)} name="needs" className="mono" rows={4} defaultValue={first} disabled={first === undefined} spellCheck={false} />
      </Field>
      {given.isError && <Problem error={given.error} />}
    </>
  );
}

async function givenOf(run: string | undefined, needs: readonly string[]): Promise<string> {
  const { items } = run === undefined ? { items: [] } : await runs.tasks(run);
  return givenIn(items, needs, async (event) => (await api.events(run!, event, 1)).items[0]?.details['output']);
}

/** What is asked beside the task itself. */
function asked(fields: FormData, stand: Stand): object {
  const json = (name: string) => {
    const text = textOf(fields, name).trim();
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  return {
    params: json('params') ?? {},
    needs: json('needs') ?? {},
    ...(json('item') !== undefined && { item: json('item') }),
    ...(stand === 'none' && { call: true }),
    ...(stand === 'result' && { mock: { output: json('result') ?? null } }),
    ...(stand === 'error' && { mock: { error: { name: textOf(fields, 'error') } } }),
  };
}

function Tested({ of: { state, order, output, error, cause, retryAt, next } }: { of: TestedTask }) {
  const shown = (value: unknown) => JSON.stringify(value);
  return (
    <>
      <p className="facts">
        {state === 'offered' ? <Status status="queued" word={t('studio.offered')} /> : <Status status={ofTask(state)} />}
        {error !== undefined && <span className="problem-code">{error}</span>}
        {cause !== undefined && <span>{cause}</span>}
        {retryAt !== undefined && <span>{t('studio.retryAt', { time: instant(retryAt) })}</span>}
        {next.map((name) => (
          <span key={name}>{t('studio.nextState', { name })}</span>
        ))}
      </p>
      {order && <JsonView title={t('studio.sent')} text={shown(order.arguments)} />}
      {output !== undefined && <JsonView title={t('studio.output')} text={shown(output)} />}
      {order?.wants && <JsonView title={t('studio.wants')} text={shown(order.wants)} />}
    </>
  );
}
