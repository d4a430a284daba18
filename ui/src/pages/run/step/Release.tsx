import { useQueryClient } from '@tanstack/react-query';
import { runs } from '../../../api/runs';
import { ActButton } from '../../../components/ActButton';
import { t } from '../../../i18n/text';

/** Lets a run go on that was set aside. */
export function Release({ run }: { run: string }) {
  const queries = useQueryClient();
  return (
    <ActButton act={() => runs.release(run).then(() => queries.invalidateQueries({ queryKey: ['run', run] }))}>
      {t('step.release')}
    </ActButton>
  );
}
