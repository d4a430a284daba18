import '../styles/draft-graph.css';
import '../styles/changes.css';
import { useMemo, useState } from 'react';
import type { Graph } from '../graph/compile';
import { t } from '../i18n/text';
import { DraftCanvas } from './DraftCanvas';
import { compare } from './marks';

/** Two graphs in one, with marks at what is new, gone or different; nothing where none is. */
export function ChangedGraph({ before, after }: { before: Graph | null; after: Graph | null }) {
  const [shown, setShown] = useState<string | null>(null);
  const compared = useMemo(() => before && after && compare(before, after), [before, after]);
  if (!compared || compared.marks.size === 0) return null;
  const { graph, marks } = compared;
  return (
    <>
      <p className="hint">{t('studio.marks')}</p>
      <div className="changes-graph">
        <DraftCanvas graph={graph} marks={marks} step={shown ?? [...marks.keys()][0]!} onSelect={setShown} />
      </div>
    </>
  );
}
