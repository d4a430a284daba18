import { useNavigate } from '@tanstack/react-router';
import { drafts, type DraftKind } from '../../api/drafts';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { NAME_PATTERN, template } from '../../studio/templates';

/** Begins something new, with a text that runs as it is. */
export function NewDraft({ kind, onClose }: { kind: DraftKind; onClose: () => void }) {
  const navigate = useNavigate();
  const isPipeline = kind === 'PIPELINE';
  const create = async (fields: FormData) => {
    const name = String(fields.get('name')).trim();
    const chosen = fields.get('express') === 'on' ? 'EXPRESS' : kind;
    const { id } = await drafts.open({ kind: chosen, name, text: template(chosen, name) });
    await navigate({ to: '/studio/$id', params: { id } });
  };
  return (
    <Ask title={t(isPipeline ? 'studio.newPipelineTitle' : 'studio.newMachineTitle')} verb={t('studio.create')} needs="author" act={create} onClose={onClose}>
      <Field label={t('studio.name')} hint={t('studio.nameHint')}>
        <input name="name" required pattern={NAME_PATTERN} maxLength={80} spellCheck={false} autoComplete="off" />
      </Field>
      {!isPipeline && (
        <label className="check">
          <input type="checkbox" name="express" /> {t('studio.express')}
        </label>
      )}
    </Ask>
  );
}
