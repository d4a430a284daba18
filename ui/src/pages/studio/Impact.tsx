import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import { operate } from '../../api/operate';
import { pipelines } from '../../api/pipelines';
import { t } from '../../i18n/text';

/** Whom a publication meets: runs under way keep what they began with, schedules and triggers start the new one. */
export function Impact({ of, isPipeline }: { of: string; isPipeline: boolean }) {
  const name = of.split(':').at(-1)!;
  const runs = useQuery({ queryKey: ['runs of', of, 'running'], queryFn: () => api.runs({ workflow: of, status: 'RUNNING' }), staleTime: 0 });
  const schedules = useQuery({ queryKey: ['schedules'], queryFn: operate.schedules });
  const triggers = useQuery({ queryKey: ['pipeline', name, 'triggers'], queryFn: () => pipelines.triggers(name), enabled: isPipeline });
  const running = runs.data?.items.length ?? 0;
  const clocks = schedules.data?.items.filter(({ workflow }) => workflow === of).length ?? 0;
  const others = triggers.data?.items.length ?? 0;
  if (running + clocks + others === 0) return <p className="hint">{t('studio.noImpact')}</p>;
  return (
    <ul className="impact" aria-label={t('studio.impact')}>
      {running > 0 && <li>{t(runs.data?.next ? 'studio.runningMany' : 'studio.running', { n: running })}</li>}
      {clocks > 0 && <li>{t('studio.schedules', { n: clocks })}</li>}
      {others > 0 && <li>{t('studio.triggers', { n: others })}</li>}
    </ul>
  );
}
