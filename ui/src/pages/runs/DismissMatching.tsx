import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { ChosenRuns } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { DismissDialog } from '../../components/DismissDialog';
import { Modal } from '../../components/Modal';
import { t } from '../../i18n/text';

/** As many as are dismissed at once. */
const AT_ONCE_MAX = 1_000;

/** Looks for the failures among the runs of a list, so that it is told how many there are before they are dismissed. */
export function DismissMatching({ chosen, onClose }: { chosen: ChosenRuns; onClose: () => void }) {
  const found = useQuery({ queryKey: ['failures', chosen], queryFn: () => failuresOf(chosen), staleTime: 0, gcTime: 0 });
  if (found.data && found.data.ids.length > 0) {
    return (
      <DismissDialog ids={found.data.ids} onClose={onClose}>
        {found.data.isPartial && <p>{t('bulk.dismissPartly', { n: AT_ONCE_MAX })}</p>}
      </DismissDialog>
    );
  }
  return (
    <Modal title={t('bulk.dismiss')} onClose={onClose}>
      <div className="form">
        <Answer of={found} what={t('bulk.theRuns')}>{() => <p>{t('bulk.noFailure')}</p>}</Answer>
      </div>
    </Modal>
  );
}

async function failuresOf(chosen: ChosenRuns): Promise<{ ids: string[]; isPartial: boolean }> {
  const ids: string[] = [];
  let next: string | undefined;
  do {
    const page = await api.runs({ ...chosen, open: true }, next);
    ids.push(...page.items.map(({ id }) => id));
    next = page.next;
  } while (next !== undefined && ids.length < AT_ONCE_MAX);
  return { ids: ids.slice(0, AT_ONCE_MAX), isPartial: next !== undefined || ids.length > AT_ONCE_MAX };
}
