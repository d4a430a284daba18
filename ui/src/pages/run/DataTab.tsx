import type { Run } from '../../api/types';
import { JsonView } from '../../components/JsonView';
import { isOver } from '../../state/status';

/** Input and output of the run, side by side. */
export function DataTab({ run }: { run: Run }) {
  return (
    <div className="sides">
      {run.input !== undefined && <JsonView title="Input" text={run.input} />}
      {run.output !== undefined ? (
        <JsonView title="Output" text={run.output} />
      ) : (
        <section className="json">
          <header>
            <h2>Output</h2>
          </header>
          <p className="hint">{isOver(run.status) ? 'It ended without an output.' : 'There is none yet: the run goes on.'}</p>
        </section>
      )}
    </div>
  );
}
