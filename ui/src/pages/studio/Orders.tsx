import { useState } from 'react';
import { t } from '../../i18n/text';
import type { Workbench } from '../../studio/useWorkbench';
import { Publish } from './Publish';
import { Revisions } from './Revisions';
import { RunDraft } from './RunDraft';

/** What can be done with a draft as a whole. */
export function Orders({ bench, title, sample }: { bench: Workbench; title: string; sample: string }) {
  const { writer, look, drawn, put } = bench;
  const [dialog, setDialog] = useState<'publish' | 'revisions' | 'run' | null>(null);
  const { draft } = writer;
  const isValid = look?.text === writer.text && look.looked.valid;
  const close = () => setDialog(null);
  return (
    <>
      <button type="button" onClick={() => setDialog('revisions')}>{t('studio.revisionsAsk')}</button>
      {draft.of !== undefined && (
        <button type="button" disabled={!isValid} onClick={() => setDialog('run')}>{t('studio.runAsk')}</button>
      )}
      <button type="button" className="primary" onClick={() => setDialog('publish')}>{t('studio.publishAsk')}</button>
      {dialog === 'publish' && <Publish writer={writer} title={title} isValid={isValid} drawn={drawn} onClose={close} />}
      {dialog === 'revisions' && <Revisions writer={writer} onPut={put} onClose={close} />}
      {dialog === 'run' && <RunDraft writer={writer} sample={sample} onClose={close} />}
    </>
  );
}
