import { useNavigate } from '@tanstack/react-router';
import { drafts, type DraftKind } from '../../api/drafts';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { commandsOf } from '../../state/commands';
import { textOf } from '../../state/equivalents';
import { NAME_PATTERN, PIPELINE_NAME_PATTERN, template } from '../../studio/templates';

/** Begins something new, with a text that runs as it is. */
export function NewDraft({ kind, onClose }: { kind: DraftKind; onClose: () => void }) {
  const navigate = useNavigate();
  const isPipeline = kind === 'PIPELINE';
  const orderOf = (fields: FormData) => {
    const name = textOf(fields, 'name');
    const chosen = fields.get('express') === 'on' ? 'EXPRESS' : kind;
    return { kind: chosen, name, text: template(chosen, name) };
  };
  const as = (fields: FormData) => commandsOf({ method: 'POST', path: '/drafts', body: orderOf(fields) });
  const create = async (fields: FormData) => {
    const { id } = await drafts.open(orderOf(fields));
    await navigate({ to: '/studio/$id', params: { id } });
  };
  return (
    <Ask title={t(isPipeline ? 'studio.newPipelineTitle' : 'studio.newMachineTitle')} verb={t('studio.create')} needs="author" act={create} onClose={onClose} as={as}>
      <Field label={t('studio.name')} hint={t(isPipeline ? 'studio.pipelineNameHint' : 'studio.nameHint')}>
        <input name="name" required pattern={isPipeline ? PIPELINE_NAME_PATTERN : NAME_PATTERN} spellCheck={false} autoComplete="off" />
      </Field>
      {!isPipeline && (
        <label className="check">
          <input type="checkbox" name="express" /> {t('studio.express')}
        </label>
      )}
    </Ask>
  );
}
