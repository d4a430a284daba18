import { useNavigate } from '@tanstack/react-router';
import { drafts } from '../../api/drafts';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import type { Writer } from '../../studio/useDraft';

/** Runs the draft as it is now; the workflow stays as it is. */
export function RunDraft({ writer: { draft, saver }, sample, onClose }: { writer: Writer; sample: string; onClose: () => void }) {
  const navigate = useNavigate();
  const run = async (fields: FormData) => {
    if (!(await saver.flush())) throw new Error(t('studio.notSavedYet'));
    const { id } = await drafts.run(draft.id, { saves: saver.saves, input: String(fields.get('input')) });
    // An Express execution leaves no page to go to.
    if (draft.kind === 'STANDARD') await navigate({ to: '/runs/$id', params: { id } });
  };
  return (
    <Ask title={t('studio.runTitle')} verb={t('studio.run')} act={run} onClose={onClose}>
      <p>{t('studio.runHint')}</p>
      <Field label={t('studio.sampleInput')}>
        <textarea name="input" className="mono" rows={8} defaultValue={sample} spellCheck={false} />
      </Field>
    </Ask>
  );
}
