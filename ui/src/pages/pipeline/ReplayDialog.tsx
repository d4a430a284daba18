import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { pipelines } from '../../api/pipelines';
import type { DeliveryView } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Equivalents } from '../../components/Equivalents';
import { t } from '../../i18n/text';
import { replayAs } from '../../state/equivalents';
import { instant } from '../../state/format';

interface Props {
  name: string;
  trigger: string;
  delivery: DeliveryView;
  onClose: () => void;
}

/** Starts a run of what came with a delivery, and opens its page. */
export function ReplayDialog({ name, trigger, delivery, onClose }: Props) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const replay = async () => {
    const { run, reason } = await pipelines.replay(name, trigger, delivery.id);
    await queries.invalidateQueries({ queryKey: ['pipeline', name] });
    if (reason !== undefined) throw new Error(reason);
    if (run !== undefined) await navigate({ to: '/runs/$id', params: { id: run } });
  };
  return (
    <Ask title={t('triggers.replayTitle')} verb={t('triggers.replay')} act={replay} onClose={onClose}>
      <p>{t('triggers.replayHint', { name, time: instant(delivery.at) })}</p>
      <Equivalents of={replayAs(name, trigger, delivery.id)} />
    </Ask>
  );
}
