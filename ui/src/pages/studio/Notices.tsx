import { useState } from 'react';
import { Problem } from '../../components/Problem';
import { When } from '../../components/When';
import { rich } from '../../i18n/rich';
import { t } from '../../i18n/text';
import { merge } from '../../studio/lines';
import type { Saver } from '../../studio/Saver';
import type { Workbench } from '../../studio/useWorkbench';

/** How the draft stands: saved or not, and what others did meanwhile. */
export function Notices({ bench: { writer, problems, put } }: { bench: Workbench }) {
  const { draft, text, saver } = writer;
  const [conflicts, setConflicts] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const attempt = (act: () => Promise<unknown>) => act().then(() => setError(null), setError);
  const take = async () => {
    const merged = merge(draft.base ?? '', text, draft.present ?? '');
    put(merged.text);
    writer.write(merged.text, { rebased: true, keep: true });
    if (!(await saver.flush())) return;
    setConflicts(merged.conflicts);
    await writer.reload();
  };
  const again = async () => put((await writer.reload()).text);
  return (
    <>
      <p className="facts">
        <span>{t(draft.of ? 'studio.draftOf' : 'studio.draftNew', { name: draft.name })}</span>
        <Saved saver={saver} modified={draft.modified} />
        {problems.length > 0 && <span>{t('studio.problems', { n: problems.length })}</span>}
      </p>
      {draft.others.map(({ by, modified }) => (
        <p key={by} className="stale">{rich('studio.other', { name: by, time: <When at={modified} /> })}</p>
      ))}
      {draft.present !== undefined && (
        <p className="stale" role="status">
          {t('studio.moved')} <button type="button" className="small" onClick={() => void attempt(take)}>{t('studio.take')}</button>
        </p>
      )}
      {conflicts !== null && <p className="stale" role="status">{t(conflicts === 0 ? 'studio.taken' : 'studio.conflicts', { n: conflicts })}</p>}
      {saver.state === 'overtaken' && (
        <p className="stale" role="alert">
          {t('studio.overtaken')} <button type="button" className="small" onClick={() => void attempt(again)}>{t('studio.reload')}</button>
        </p>
      )}
      {error !== null && <Problem error={error} />}
    </>
  );
}

function Saved({ saver: { state, savedAt, why }, modified }: { saver: Saver; modified: string }) {
  switch (state) {
    case 'saved':
      return <span role="status">{rich('studio.savedAt', { time: <When at={savedAt ?? modified} /> })}</span>;
    case 'unsaved':
    case 'saving':
      return <span role="status">{t('studio.saving')}</span>;
    case 'failed':
      return <span role="status">{t('studio.notSaved')}</span>;
    case 'refused':
      return <span role="alert">{t('studio.refused', { why })}</span>;
    case 'overtaken':
      return null;
  }
}
