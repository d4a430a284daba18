import { useNavigate } from '@tanstack/react-router';
import { drafts } from '../api/drafts';
import { t } from '../i18n/text';
import { useRefusal } from '../state/role';

/** Opens the reader's draft of a workflow, or begins one; the input of a run is then the sample. */
export function OpenInStudio({ of, run }: { of: string | undefined; run?: string }) {
  const navigate = useNavigate();
  const refusal = useRefusal('author');
  const open = async () => {
    const { id } = await drafts.open({ of: of! });
    await navigate({ to: '/studio/$id', params: { id }, search: run === undefined ? {} : { run } });
  };
  return (
    <button type="button" disabled={of === undefined || refusal !== undefined} title={refusal} onClick={() => void open()}>
      {t('common.openInStudio')}
    </button>
  );
}
