import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { runs } from '../../api/runs';
import type { GridRun } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { TaskFacts } from '../../components/TaskFacts';
import { rich } from '../../i18n/rich';
import { t } from '../../i18n/text';

/** A task of one run of the grid. */
export function TaskOfRun({ run, task }: { run: GridRun; task: string }) {
  const tasks = useQuery({ queryKey: ['tasks', run.id], queryFn: () => runs.tasks(run.id) });
  return (
    <aside className="inspector" aria-label={t('pipelines.taskIn', { task, run: run.name })}>
      <header>
        <h2>{task}</h2>
        <p className="hint">
          {rich('pipelines.inRun', {
            run: (
              <Link to="/runs/$id" params={{ id: run.id }} search={{ step: task }} className="mono">
                {run.name}
              </Link>
            ),
          })}
        </p>
      </header>
      <Answer of={tasks} what={t('pipelines.theTask')}>
        {({ items }) => {
          const found = items.find(({ id }) => id === task);
          return found ? <TaskFacts task={found} /> : <p className="hint">{t('pipelines.noTask')}</p>;
        }}
      </Answer>
    </aside>
  );
}
