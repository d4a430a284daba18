import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { drafts } from '../../api/drafts';
import { DiffText } from '../../components/DiffText';
import { Modal } from '../../components/Modal';
import { compile } from '../../graph/compile';
import { t } from '../../i18n/text';
import { ChangedGraph } from '../../studio/ChangedGraph';
import { difference } from '../../studio/lines';
import type { Writer } from '../../studio/useDraft';
import { type Drawn, graphOf } from '../../studio/useLook';
import { asWritten } from '../../studio/written';

interface Props {
  writer: Writer;
  drawn: Drawn;
}

/** What differs from the published version, to look at alone. */
export function Diff({ onClose, ...props }: Props & { onClose: () => void }) {
  return (
    <Modal title={t('studio.diffTitle')} onClose={onClose}>
      <div className="diff-alone">
        <Changes {...props} />
      </div>
    </Modal>
  );
}

/** What is different, as text and as a graph. */
export function Changes({ writer: { draft, text }, drawn }: Props) {
  const isPipeline = draft.kind === 'PIPELINE';
  const base = draft.base ?? '';
  const look = useQuery({
    queryKey: ['look', base],
    queryFn: () => drafts.look(draft.kind, base),
    enabled: isPipeline && draft.base !== undefined,
  });
  const before = useMemo(() => {
    if (!isPipeline) return compile(base);
    const graph = graphOf(look.data?.graph);
    return graph && asWritten(graph, base);
  }, [isPipeline, look.data, base]);
  const after = useMemo(() => (isPipeline && drawn.graph ? asWritten(drawn.graph, text) : drawn.graph), [isPipeline, drawn.graph, text]);
  const changed = useMemo(() => difference(base, text), [base, text]);
  if (draft.base === undefined) return null;
  return (
    <section className="changes" aria-label={t('studio.whatChanges')}>
      <h3>{t('studio.whatChanges')}</h3>
      <ChangedGraph before={before} after={after} />
      <DiffText text={changed} label={t('common.difference')} />
    </section>
  );
}
