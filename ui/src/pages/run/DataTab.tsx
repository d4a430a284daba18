import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { runs } from '../../api/runs';
import type { Run } from '../../api/types';
import { JsonView } from '../../components/JsonView';
import { Problem } from '../../components/Problem';
import type { Roots } from '../../data/jsonPaths';
import { t } from '../../i18n/text';
import { isOfPipeline } from '../../state/arn';
import { bytes } from '../../state/format';
import { isOver } from '../../state/status';
import '../../styles/json.css';
import { Files } from './step/Files';
import { CompareData, CompareWith } from './CompareData';

interface Props {
  run: Run;
  /** The run that it is compared with. */
  other: string | undefined;
  /** Compares with another run, or with none. */
  onCompare: (id: string) => void;
}

/** Input and output of the run side by side, or how they differ from those of another run. */
export function DataTab({ run, other, onCompare }: Props) {
  return (
    <div className="data-tab">
      <CompareWith run={run} other={other} onChange={onCompare} />
      {other === undefined ? <Sides run={run} /> : <CompareData run={run} other={other} />}
    </div>
  );
}

/** Expressions of pipelines begin with the names that the input of a run has: `params`, `run`. */
function rootsOf(run: Run): { roots?: Roots } {
  return isOfPipeline(run.workflow) ? { roots: { jsonata: '' } } : {};
}

function Sides({ run }: { run: Run }) {
  return (
    <div className="sides">
      {run.input !== undefined && <JsonView title={t('run.input')} text={run.input} {...rootsOf(run)} />}
      <OutputOf run={run} />
      {isOfPipeline(run.workflow) && <Files run={run.id} isOver={isOver(run.status)} />}
    </div>
  );
}

function OutputOf({ run }: { run: Run }) {
  if (run.output !== undefined) return <JsonView title={t('run.output')} text={run.output} />;
  return (
    <section className="json" aria-label={t('run.output')}>
      <header>
        <h2>{t('run.output')}</h2>
      </header>
      {run.outputBytes !== undefined ? (
        <LargeOutput id={run.id} size={run.outputBytes} />
      ) : (
        <p className="hint">{isOver(run.status) ? t('run.noOutput') : t('run.noOutputYet')}</p>
      )}
    </section>
  );
}

/** What is too large to come with the run is fetched when it is wanted. */
function LargeOutput({ id, size }: { id: string; size: number }) {
  const [isWanted, setWanted] = useState(false);
  const output = useQuery({ queryKey: ['output', id, size], queryFn: () => runs.output(id), enabled: isWanted });
  if (output.data !== undefined) return <JsonView title={t('run.output')} text={output.data} />;
  return (
    <>
      <p className="actions">
        <button type="button" disabled={isWanted && !output.isError} onClick={() => setWanted(true)}>
          {t('run.showOutput', { size: bytes(size) })}
        </button>
        <a className="button" href={runs.outputAddress(id)} download={`${id.split(':').at(-1)}.output.json`}>
          {t('data.keep')}
        </a>
      </p>
      {output.isError && <Problem error={output.error} retry={() => void output.refetch()} />}
    </>
  );
}
