import { runs } from '../../api/runs';
import type { TaskView } from '../../api/schema';
import type { Run } from '../../api/types';
import { Ask } from '../../components/Ask';
import { t } from '../../i18n/text';
import { undoAs } from '../../state/equivalents';

interface Props {
  run: Run;
  /** What the run did that can be undone, the last first. */
  tasks: readonly TaskView[];
  onBegun: () => void;
  onClose: () => void;
}

/** Says what is undone before it is. */
export function UndoDialog({ run, tasks, onBegun, onClose }: Props) {
  const left = run.compensation?.failed ?? [];
  return (
    <Ask title={t('run.undoTitle')} verb={t('run.undo')} act={() => runs.compensate(run.id).then(onBegun)} onClose={onClose} as={() => undoAs(run.id)}>
      {run.compensation ? (
        <p>{t('run.undoneBefore')}</p>
      ) : (
        <p>{t('run.undoWhat')}</p>
      )}
      <ol className="undone" aria-label={t('run.whatUndone')}>
        {tasks.map(({ id, instances }) => (
          <li key={id}>
            <span className="mono">{id}</span>
            {instances && <span className="hint"> {t('run.instances', { n: instances.succeeded })}</span>}
          </li>
        ))}
      </ol>
      {left.length > 0 && <p>{t('run.undoFailed', { tasks: left.join(', ') })}</p>}
      <p className="hint">{t('run.undoFinal')}</p>
    </Ask>
  );
}
