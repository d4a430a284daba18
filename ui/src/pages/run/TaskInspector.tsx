import { Link } from '@tanstack/react-router';
import type { BlockedTask, TaskView } from '../../api/schema';
import type { Run } from '../../api/types';
import { JsonView } from '../../components/JsonView';
import { TaskFacts } from '../../components/TaskFacts';
import { When } from '../../components/When';
import type { GraphNode } from '../../graph/compile';

interface Props {
  run: Run;
  node: GraphNode;
  task: TaskView | undefined;
  /** What holds it or its instances back. */
  blocked: readonly BlockedTask[];
}

/** How one task went, or why it does not go. */
export function TaskInspector({ run, node, task, blocked }: Props) {
  return (
    <aside className="inspector" aria-label={`Task ${node.id}`}>
      <header>
        <h2>{node.id}</h2>
        <p className="hint">{[node.kind, node.sub].filter(Boolean).join(' · ')}</p>
      </header>
      {task ? (
        <TaskFacts task={task}>{blocked.length > 0 && <Blocked blocked={blocked} />}</TaskFacts>
      ) : (
        <p className="hint">Nothing is known of it.</p>
      )}
      <p className="facts">
        <Link to="/runs/$id" params={{ id: run.id }} search={{ tab: 'logs', step: node.id }}>
          Its log
        </Link>
        {task?.state === 'waiting' && node.kind === 'approve' && <Link to="/approvals">Decide</Link>}
      </p>
      <JsonView title="Task" text={JSON.stringify(node.source)} />
    </aside>
  );
}

function Blocked({ blocked }: { blocked: readonly BlockedTask[] }) {
  return (
    <section className="stale" aria-label="What it waits for">
      <h3>What it waits for</h3>
      <ul className="plain-list">
        {blocked.map(({ task, entry, since, blockedBy }) => (
          <li key={`${task}${entry}`}>
            {blockedBy.map(({ text }) => text).join('; ')} <span className="hint">since</span> <When at={since} />
          </li>
        ))}
      </ul>
    </section>
  );
}
