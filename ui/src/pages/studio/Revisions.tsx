import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { drafts } from '../../api/drafts';
import { Answer } from '../../components/Answer';
import { DiffText } from '../../components/DiffText';
import { Modal } from '../../components/Modal';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { difference } from '../../studio/lines';
import type { Writer } from '../../studio/useDraft';

interface Props {
  writer: Writer;
  onPut: (text: string) => void;
  onClose: () => void;
}

/** The texts that the draft had, and how each differs from the one there is. */
export function Revisions({ writer: { draft, text, write }, onPut, onClose }: Props) {
  const [chosen, setChosen] = useState<number | null>(null);
  const list = useQuery({ queryKey: ['draft', draft.id, 'revisions'], queryFn: () => drafts.revisions(draft.id), gcTime: 0, staleTime: 0 });
  const one = useQuery({
    queryKey: ['draft', draft.id, 'revision', chosen],
    queryFn: () => drafts.revision(draft.id, chosen!),
    enabled: chosen !== null,
    gcTime: 0,
  });
  const restore = () => {
    if (!one.data) return;
    onPut(one.data.text);
    write(one.data.text, { keep: true });
    onClose();
  };
  return (
    <Modal title={t('studio.revisions')} onClose={onClose}>
      <div className="revisions">
        <Answer of={list} what={t('studio.theRevisions')}>
          {({ items }) => (
            <ul aria-label={t('studio.revisions')}>
              {items.map(({ number, since }) => (
                <li key={number}>
                  <button type="button" className="small" aria-pressed={chosen === number} onClick={() => setChosen(number)}>
                    <When at={since} />
                  </button>
                </li>
              ))}
            </ul>
          )}
        </Answer>
        <div>
          {chosen === null ? (
            <p className="hint">{t('studio.revisionsHint')}</p>
          ) : (
            <Answer of={one} what={t('studio.theRevision')}>
              {(revision) => <DiffText text={difference(text, revision.text)} label={t('common.difference')} />}
            </Answer>
          )}
        </div>
      </div>
      <footer>
        <button type="button" className="primary" disabled={!one.data} onClick={restore}>{t('studio.restore')}</button>
      </footer>
    </Modal>
  );
}
