import type { Look, Drawn } from '../../studio/useLook';
import type { Writer } from '../../studio/useDraft';
import { t } from '../../i18n/text';
import { Publish } from './Publish';
import { Revisions } from './Revisions';
import { RunDraft } from './RunDraft';

export type Dialog = 'publish' | 'revisions' | 'run';

interface Props {
  writer: Writer;
  title: string;
  look: Look | null;
  drawn: Drawn;
  sample: string;
  dialog: Dialog | null;
  onDialog: (dialog: Dialog | null) => void;
  onPut: (text: string) => void;
}

/** What can be done with a draft as a whole. */
export function Orders({ writer, title, look, drawn, sample, dialog, onDialog, onPut }: Props) {
  const { draft } = writer;
  const isValid = look?.text === writer.text && look.looked.valid;
  const close = () => onDialog(null);
  return (
    <>
      <button type="button" onClick={() => onDialog('revisions')}>{t('studio.revisionsAsk')}</button>
      {draft.of !== undefined && draft.kind !== 'PIPELINE' && (
        <button type="button" disabled={!isValid} onClick={() => onDialog('run')}>{t('studio.runAsk')}</button>
      )}
      <button type="button" className="primary" onClick={() => onDialog('publish')}>{t('studio.publishAsk')}</button>
      {dialog === 'publish' && <Publish writer={writer} title={title} isValid={isValid} drawn={drawn} onClose={close} />}
      {dialog === 'revisions' && <Revisions writer={writer} onPut={onPut} onClose={close} />}
      {dialog === 'run' && <RunDraft writer={writer} sample={sample} onClose={close} />}
    </>
  );
}
