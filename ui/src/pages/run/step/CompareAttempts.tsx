import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { api } from '../../../api/client';
import { Changes, type Sides } from '../../../components/data/Changes';
import { type Column, DataTable } from '../../../components/DataTable';
import { Modal } from '../../../components/Modal';
import { Problem } from '../../../components/Problem';
import { When } from '../../../components/When';
import { t } from '../../../i18n/text';
import type { Attempt } from '../../../state/attempts';
import { between, duration } from '../../../state/format';

interface Props {
  run: string;
  of: readonly Attempt[];
  /** The number of the first of them. */
  first: number;
  onClose: () => void;
}

/** Two attempts of a step side by side: how each went, and how what they had and gave differs. */
export function CompareAttempts({ run, of, first, onClose }: Props) {
  const [chosen, choose] = useState<readonly [number, number]>([of.length - 2, of.length - 1]);
  // Tasks that run again begin to count anew.
  const within = (at: number) => Math.min(at, of.length - 1);
  const [left, right] = [within(chosen[0]), within(chosen[1])];
  const [before, after] = [of[left]!, of[right]!];
  const had = [useInput(run, before), useInput(run, after)] as const;
  const name = (at: number) => t('step.attempt', { n: first + at });
  const sides: Sides = {
    before: { name: name(left), missing: t('step.hasNone', { what: name(left) }) },
    after: { name: name(right), missing: t('step.hasNone', { what: name(right) }) },
  };
  const failed = had.find(({ error }) => error !== null);
  return (
    <Modal title={t('step.attempts')} onClose={onClose}>
      <div className="form">
        <div className="filters">
          <Choice label={t('step.one')} at={left} count={of.length} name={name} onChange={(at) => choose([at, right])} />
          <Choice label={t('step.other')} at={right} count={of.length} name={name} onChange={(at) => choose([left, at])} />
        </div>
        <DataTable label={t('step.attempts')} fits wraps columns={columns(sides)} rows={facts(before, after)} keyOf={({ what }) => what} />
        {failed && <Problem error={failed.error} />}
        {had.every(({ isSuccess }) => isSuccess) && <Changes title={t('run.input')} sides={sides} before={had[0].data} after={had[1].data} />}
        {(before.output ?? after.output) !== undefined && <Changes title={t('run.output')} sides={sides} before={before.output} after={after.output} />}
      </div>
    </Modal>
  );
}

/** What an attempt was sent stands in the event that offered it. */
function useInput(run: string, { event }: Attempt) {
  const page = useQuery({ queryKey: ['event', run, event], queryFn: () => api.events(run, event, 1) });
  const text = page.data?.items[0]?.details['parameters'];
  return { error: page.error, isSuccess: page.isSuccess, data: typeof text === 'string' ? text : undefined };
}

interface ChoiceProps {
  label: string;
  at: number;
  count: number;
  name: (at: number) => string;
  onChange: (at: number) => void;
}

function Choice({ label, at, count, name, onChange }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={at} onChange={({ target }) => onChange(Number(target.value))}>
        {Array.from({ length: count }, (_, one) => (
          <option key={one} value={one}>{name(one)}</option>
        ))}
      </select>
    </label>
  );
}

interface Fact {
  what: string;
  before: ReactNode;
  after: ReactNode;
}

/** What is told of both; what neither has is left out. */
function facts(before: Attempt, after: Attempt): Fact[] {
  const fact = (what: string, of: (attempt: Attempt) => ReactNode): Fact => ({ what, before: of(before), after: of(after) });
  const begun = ({ started, queued }: Attempt) => started ?? queued;
  return [
    fact(t('step.began'), (attempt) => <When at={begun(attempt)} />),
    fact(t('step.waited'), ({ queued, started }) => started && duration(between(queued, started, 0))),
    fact(t('step.took'), (attempt) => attempt.ended && duration(between(begun(attempt), attempt.ended, 0))),
    fact(t('run.error'), ({ error }) => error),
    fact(t('step.cause'), ({ cause }) => cause),
    fact(t('step.worker'), ({ worker }) => worker),
  ].filter(({ before, after }) => before !== undefined || after !== undefined);
}

function columns({ before, after }: Sides): readonly Column<Fact>[] {
  const none = <span className="hint">–</span>;
  return [
    { name: t('step.what'), width: '96px', cell: ({ what }) => what },
    { name: before.name, width: 'minmax(70px, 1fr)', className: 'break mono', cell: (fact) => fact.before ?? none },
    { name: after.name, width: 'minmax(70px, 1fr)', className: 'break mono', cell: (fact) => fact.after ?? none },
  ];
}
