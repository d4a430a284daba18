import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { type DraftKind, drafts } from '../../api/drafts';
import type { PublishedDraft } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { pushAs, textOf } from '../../state/equivalents';
import { NAME_PATTERN } from '../../studio/templates';
import type { Drawn } from '../../studio/useLook';
import type { Writer } from '../../studio/useDraft';
import { Changes } from './Changes';
import { Impact } from './Impact';
import { leadAlias, LeadAlias } from './LeadAlias';

interface Props {
  writer: Writer;
  title: string;
  isValid: boolean;
  drawn: Drawn;
  onPublished: (done: PublishedDraft) => void;
  onClose: () => void;
}

/** Makes the draft a version, once its writer has seen what changes and whom it meets. */
export function Publish({ writer, title, isValid, drawn, onPublished, onClose }: Props) {
  const { draft, text, saver } = writer;
  const queries = useQueryClient();
  const isNewMachine = draft.of === undefined && draft.kind !== 'PIPELINE';
  const kind = draft.kind as DraftKind;
  // What is published stays so, if its alias is refused.
  const made = useRef<PublishedDraft | null>(null);
  const publish = async (fields: FormData) => {
    const done = (made.current ??= await makeVersion(fields));
    if (done.version !== undefined) await leadAlias({ id: done.id, kind }, done.version, fields);
    onPublished(done);
  };
  const makeVersion = async (fields: FormData) => {
    const [name, message] = [fields.get('name'), String(fields.get('message')).trim()];
    if (typeof name === 'string' && name !== draft.name) writer.write(text, { name });
    if (!(await saver.flush())) throw new Error(t('studio.notSavedYet'));
    const done = await drafts.publish(draft.id, { saves: saver.saves, ...(message !== '' && { message }) });
    for (const queryKey of [['drafts'], ['workflows'], ['pipelines'], ['workflow', done.id], ['pipeline', done.name]]) {
      void queries.invalidateQueries({ queryKey });
    }
    return done;
  };
  return (
    <Ask
      title={t('studio.publishTitle', { name: title })}
      verb={t('studio.publish')}
      needs="author"
      act={publish}
      onClose={() => (made.current ? onPublished(made.current) : onClose())}
      staysOpen
      isReady={isValid && draft.present === undefined}
      as={(fields) => pushAs(textOf(fields, 'name') || draft.name, kind, textOf(fields, 'message'))}
    >
      {!isValid && <p className="stale" role="status">{t('studio.invalid')}</p>}
      {draft.present !== undefined && <p className="stale" role="status">{t('studio.moved')}</p>}
      {isNewMachine && (
        <Field label={t('studio.name')}>
          <input name="name" required pattern={NAME_PATTERN} defaultValue={draft.name} spellCheck={false} autoComplete="off" />
        </Field>
      )}
      <Field label={t('studio.message')} isOptional>
        <input name="message" maxLength={256} autoComplete="off" />
      </Field>
      {draft.of !== undefined && <LeadAlias of={{ id: draft.of, kind }} />}
      {draft.of !== undefined && <Impact of={draft.of} isPipeline={draft.kind === 'PIPELINE'} />}
      <Changes writer={writer} drawn={drawn} />
    </Ask>
  );
}
