import { runs } from '../../api/runs';
import type { TaskView } from '../../api/schema';
import type { Run } from '../../api/types';
import { Ask } from '../../components/Ask';

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
    <Ask title="Undo this run?" verb="Undo" act={() => runs.compensate(run.id).then(onBegun)} onClose={onClose}>
      {run.compensation ? (
        <p>Some of it was undone before, and stays so. What is left of these tasks is undone:</p>
      ) : (
        <p>What these tasks did is undone:</p>
      )}
      <ol className="undone" aria-label="What is undone">
        {tasks.map(({ id, instances }) => (
          <li key={id}>
            <span className="mono">{id}</span>
            {instances && <span className="hint"> {instances.succeeded} instances</span>}
          </li>
        ))}
      </ol>
      {left.length > 0 && <p>It could not be undone last time: {left.join(', ')}.</p>}
      <p className="hint">The run then ends as it had ended. This cannot be taken back.</p>
    </Ask>
  );
}
