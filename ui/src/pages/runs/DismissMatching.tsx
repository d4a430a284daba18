import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { ChosenRuns } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { DismissDialog } from '../../components/DismissDialog';
import { Modal } from '../../components/Modal';
import { t } from '../../i18n/text';

/** Counts the failures among the runs of a list, so that it is told how many there are before they are dismissed. */
export function DismissMatching({ chosen, onClose }: { chosen: ChosenRuns; onClose: () => void }) {
  const open = { ...chosen, open: true };
  const found = useQuery({ queryKey: ['failures', chosen], queryFn: () => api.histogram(open), staleTime: 0, gcTime: 0 });
  const { total = 0, isPartial = false } = found.data ?? {};
  // Of very many only the latest are counted: there may be failures among the others, and more than those.
  if (isPartial) return <DismissDialog of={{ matching: open }} count={total} isAtLeast onClose={onClose} />;
  if (total > 0) return <DismissDialog of={{ matching: open, count: total }} count={total} onClose={onClose} />;
  return (
    <Modal title={t('bulk.dismiss')} onClose={onClose}>
      <div className="form">
        <Answer of={found} what={t('bulk.theRuns')}>{() => <p>{t('bulk.noFailure')}</p>}</Answer>
      </div>
    </Modal>
  );
}
