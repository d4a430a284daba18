import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { PublishedDraft } from '../../api/schema';
import { t } from '../../i18n/text';
import type { Workbench } from '../../studio/useWorkbench';
import { Diff } from './Changes';
import { Publish } from './Publish';
import { Revisions } from './Revisions';
import { RunDraft } from './RunDraft';

interface Props {
  bench: Workbench;
  title: string;
  sample: string;
  /** The run that was opened in Studio. */
  run: string | undefined;
}

/** What can be done with a draft as a whole. */
export function Orders({ bench, title, sample, run }: Props) {
  const { writer, look, drawn, put } = bench;
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'publish' | 'revisions' | 'run' | 'diff' | null>(null);
  const { draft } = writer;
  const isValid = look?.text === writer.text && look.looked.valid;
  const isSame = draft.of !== undefined && writer.text === draft.base;
  const close = () => setDialog(null);
  const leave = ({ id, name }: PublishedDraft) => {
    const search = { tab: 'versions' } as const;
    // Who mended a run wants to see it run well; of an Express run there is no page.
    if (run !== undefined && draft.kind !== 'EXPRESS') void navigate({ to: '/runs/$id', params: { id: run }, search: { again: 'latest' } });
    else if (draft.kind === 'PIPELINE') void navigate({ to: '/pipelines/$name', params: { name }, search });
    else void navigate({ to: '/workflows/$id', params: { id }, search });
  };
  return (
    <>
      {draft.of !== undefined && <button type="button" onClick={() => setDialog('diff')}>{t('studio.diffAsk')}</button>}
      <button type="button" onClick={() => setDialog('revisions')}>{t('studio.revisionsAsk')}</button>
      {draft.of !== undefined && (
        <button type="button" disabled={!isValid} onClick={() => setDialog('run')}>{t('studio.runAsk')}</button>
      )}
      <button type="button" className="primary" disabled={isSame} title={isSame ? t('studio.nothingNew') : undefined} onClick={() => setDialog('publish')}>
        {t('studio.publishAsk')}
      </button>
      {dialog === 'publish' && (
        <Publish writer={writer} title={title} isValid={isValid} drawn={drawn} onPublished={leave} onClose={close} />
      )}
      {dialog === 'diff' && <Diff writer={writer} drawn={drawn} onClose={close} />}
      {dialog === 'revisions' && <Revisions writer={writer} onPut={put} onClose={close} />}
      {dialog === 'run' && <RunDraft writer={writer} sample={sample} onClose={close} />}
    </>
  );
}
