import { useQueryClient } from '@tanstack/react-query';
import { at } from '../../api/client';
import { drafts } from '../../api/drafts';
import type { DraftItem } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { t } from '../../i18n/text';
import { deleteAs } from '../../state/equivalents';

/** Asks before a draft and all of its revisions go. */
export function RemoveDraft({ draft, onClose }: { draft: DraftItem; onClose: () => void }) {
  const queries = useQueryClient();
  const remove = async () => {
    await drafts.remove(draft.id);
    await queries.invalidateQueries({ queryKey: ['drafts'] });
  };
  return (
    <Ask title={t('studio.discardTitle', { name: draft.name })} verb={t('studio.discard')} needs="author" act={remove} onClose={onClose} as={() => deleteAs(at`/drafts/${draft.id}`)}>
      <p>{t('studio.discardHint')}</p>
    </Ask>
  );
}
