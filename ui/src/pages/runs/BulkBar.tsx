import { lazy, Suspense, useState } from 'react';
import type { JobSubject } from '../../api/jobs';
import type { ChosenRuns, JobAction } from '../../api/schema';
import type { RunItem } from '../../api/types';
import { ConfirmBulk } from '../../components/ConfirmBulk';
import { DismissDialog } from '../../components/DismissDialog';
import { t } from '../../i18n/text';
import { useKeys } from '../../state/keys';
import type { Marks } from '../../state/marks';
import { JOB_ACTIONS } from '../../state/jobs';
import { attributeColumns } from '../../state/runColumns';

const DismissMatching = lazy(() => import('./DismissMatching').then(({ DismissMatching }) => ({ default: DismissMatching })));
const ExportDialog = lazy(() => import('./ExportDialog').then(({ ExportDialog }) => ({ default: ExportDialog })));

interface Props {
  marks: Marks;
  rows: readonly RunItem[];
  /** All runs that the list is about, whether they are shown or not. */
  chosen: ChosenRuns;
  /** The columns that the list has beside those that are always there. */
  columns: readonly string[];
}

/** What can be done with the runs that are marked, or with all that the list is about. */
export function BulkBar({ marks, rows, chosen, columns }: Props) {
  const [isAll, setAll] = useState(false);
  const [isExporting, setExporting] = useState(false);
  const [isDismissing, setDismissing] = useState(false);
  const [action, setAction] = useState<JobAction | null>(null);
  const leave = () => {
    setAll(false);
    marks.all(false);
  };
  useKeys({ Escape: leave, s: () => setAction('stop'), r: () => setAction('redrive') });
  const subject: JobSubject = isAll ? { runs: chosen } : { ids: [...marks.keys] };
  return (
    <section className="bulk" aria-label={t('bulk.marked')}>
      <p role="status">{isAll ? t('bulk.allMatching') : t('bulk.selected', { n: marks.keys.size })}</p>
      {!isAll && (
        <button type="button" className="quiet" onClick={() => setAll(true)}>
          {t('bulk.selectAll')}
        </button>
      )}
      <div className="actions">
        {JOB_ACTIONS.map((one) => (
          <button key={one} type="button" onClick={() => setAction(one)}>
            {t(`bulk.${one}`)}
          </button>
        ))}
        <button type="button" onClick={() => setDismissing(true)}>{t('bulk.dismiss')}</button>
        <button type="button" onClick={() => setExporting(true)}>{t('bulk.export')}</button>
      </div>
      <button type="button" className="quiet" onClick={leave}>
        {t('bulk.leave')}
      </button>
      {isExporting && (
        <Suspense>
          <ExportDialog marked={isAll ? null : rows.filter(({ id }) => marks.keys.has(id))} chosen={chosen} columns={attributeColumns(columns)} onClose={() => setExporting(false)} />
        </Suspense>
      )}
      {isDismissing && isAll && <Suspense><DismissMatching chosen={chosen} onClose={() => setDismissing(false)} /></Suspense>}
      {isDismissing && !isAll && <DismissDialog of={{ runs: [...marks.keys] }} count={marks.keys.size} onClose={() => setDismissing(false)} />}
      {action && <ConfirmBulk action={action} subject={subject} onClose={() => setAction(null)} />}
    </section>
  );
}
