import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type CellChange, cellsPath, pipelines } from '../../api/pipelines';
import type { Cell, ChangedCells, GridRun, MarkCells, RerunCells } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { Ask } from '../../components/Ask';
import { Equivalents } from '../../components/Equivalents';
import { Field } from '../../components/Field';
import { Modal } from '../../components/Modal';
import { t } from '../../i18n/text';
import { commandsOf } from '../../state/commands';
import { ChangedRuns } from './ChangedRuns';
import '../../styles/run.css';

const STATES = ['success', 'failed', 'skipped'] as const;
const REACHES = ['only', 'downstream'] as const;

interface Props {
  name: string;
  kind: CellChange;
  cells: readonly Cell[];
  runs: readonly GridRun[];
  onClose: () => void;
}

/** Shows what becomes of tasks of runs, and of what comes after them, before it is done; and what was done with each. */
export function ChangeCells({ name, kind, cells: chosen, runs, onClose }: Props) {
  const queries = useQueryClient();
  // What is chosen may go on meanwhile.
  const [cells] = useState(chosen);
  const [reach, setReach] = useState<(typeof REACHES)[number]>('only');
  const [state, setState] = useState<MarkCells['state']>('success');
  const [reason, setReason] = useState('');
  const [done, setDone] = useState<ChangedCells | null>(null);
  const because = reason.trim();
  const asked: RerunCells | MarkCells =
    kind === 'rerun' ? { cells: [...cells], downstream: reach === 'downstream' } : { cells: [...cells], state };
  const order = because && kind === 'mark' ? { ...asked, reason: because } : asked;
  const plan = useQuery({
    queryKey: ['cells', name, kind, asked],
    queryFn: () => pipelines.planCells(name, kind, asked),
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  const possible = plan.data?.items.filter(({ refused }) => refused === undefined).length ?? 0;
  const act = async () => {
    setDone(await pipelines.changeCells(name, kind, order));
    await queries.invalidateQueries({ queryKey: ['pipeline', name] });
  };
  if (done) {
    return (
      <Modal title={t(`grid.${kind}Done`)} onClose={onClose}>
        <div className="form">
          <ChangedRuns told={done} runs={runs} isDone />
          <footer>
            <button type="button" className="primary" onClick={onClose}>
              {t('common.close')}
            </button>
          </footer>
        </div>
      </Modal>
    );
  }
  return (
    <Ask
      title={t(`grid.${kind}Title`)}
      verb={t(`grid.${kind}Verb`, { n: possible })}
      act={act}
      onClose={onClose}
      isReady={possible > 0 && !plan.isFetching}
      staysOpen
    >
      <p>{t(`grid.${kind}Hint`)}</p>
      {kind === 'rerun' ? (
        <Choices of={REACHES} legend={t('grid.what')} wordOf={(one) => t(`grid.reach_${one}`)} chosen={reach} onChange={setReach} />
      ) : (
        <Choices of={STATES} legend={t('grid.markAs')} wordOf={(one) => t(`steer.mark_${one}`)} chosen={state} onChange={setState} />
      )}
      {kind === 'mark' && (
        <Field label={t('common.reason')} isOptional>
          <input value={reason} maxLength={1_000} autoComplete="off" onChange={({ target }) => setReason(target.value)} />
        </Field>
      )}
      <Answer of={plan} what={t('grid.thePlan')}>
        {(told) => <ChangedRuns told={told} runs={runs} />}
      </Answer>
      <Equivalents of={commandsOf({ method: 'POST', path: cellsPath(name, kind), body: order })} />
    </Ask>
  );
}

interface ChoicesProps<T extends string> {
  of: readonly T[];
  legend: string;
  wordOf: (one: T) => string;
  chosen: T;
  onChange: (one: T) => void;
}

function Choices<T extends string>({ of, legend, wordOf, chosen, onChange }: ChoicesProps<T>) {
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {of.map((one) => (
        <label key={one} className="check">
          <input type="radio" name="choice" checked={chosen === one} onChange={() => onChange(one)} />
          {wordOf(one)}
        </label>
      ))}
    </fieldset>
  );
}
