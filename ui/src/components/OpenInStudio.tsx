import { useNavigate } from '@tanstack/react-router';
import { drafts } from '../api/drafts';
import { t } from '../i18n/text';

/** Opens the reader's draft of a workflow, or begins one. */
export function OpenInStudio({ of }: { of: string | undefined }) {
  const navigate = useNavigate();
  const open = async () => {
    const { id } = await drafts.open({ of: of! });
    await navigate({ to: '/studio/$id', params: { id } });
  };
  return (
    <button type="button" disabled={of === undefined} onClick={() => void open()}>
      {t('common.openInStudio')}
    </button>
  );
}
