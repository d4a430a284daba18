import { useNavigate } from '@tanstack/react-router';
import { at } from '../../api/client';
import { drafts } from '../../api/drafts';
import type { DraftView } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { commandsOf } from '../../state/commands';
import type { Writer } from '../../studio/useDraft';

/** Runs the draft as it is now; the workflow stays as it is. */
export function RunDraft({ writer: { draft, saver }, sample, onClose }: { writer: Writer; sample: string; onClose: () => void }) {
  const navigate = useNavigate();
  const isPipeline = draft.kind === 'PIPELINE';
  const orderOf = (fields: FormData) => ({ saves: saver.saves, input: String(fields.get('input')) });
  const as = (fields: FormData) => commandsOf({ method: 'POST', path: at`/drafts/${draft.id}/runs`, body: orderOf(fields) });
  const run = async (fields: FormData) => {
    if (!(await saver.flush())) throw new Error(t('studio.notSavedYet'));
    const { id } = await drafts.run(draft.id, orderOf(fields));
    // An Express execution leaves no page to go to.
    if (draft.kind !== 'EXPRESS') await navigate({ to: '/runs/$id', params: { id } });
  };
  return (
    <Ask title={t('studio.runTitle')} verb={t('studio.run')} needs="author" act={run} onClose={onClose} as={as}>
      <p>{isPipeline ? t('studio.runPipelineHint') : t('studio.runHint')}</p>
      <Field label={isPipeline ? t('studio.paramsJson') : t('studio.sampleInput')}>
        <textarea name="input" className="mono" rows={8} defaultValue={inputOf(draft, sample)} spellCheck={false} />
      </Field>
    </Ask>
  );
}

/** Returns what a run of a draft is given: of a pipeline the params of the sample, laid out. */
export function inputOf({ kind }: DraftView, input: string): string {
  if (kind !== 'PIPELINE') return input;
  try {
    const { params = {} } = JSON.parse(input) as { params?: object };
    return JSON.stringify(params, null, 2);
  } catch {
    return '{}';
  }
}
