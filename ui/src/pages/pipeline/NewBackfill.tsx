import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { CreateBackfill, PipelineScheduleView, PlannedBackfill, PlannedFate, Reprocess } from '../../api/schema';
import { Field } from '../../components/Field';
import { Modal } from '../../components/Modal';
import { Problem } from '../../components/Problem';
import { When } from '../../components/When';

const ACTIVE = 4;
/** Ticks of the plan that are named. */
const NAMED = 20;

const FATE: Record<PlannedFate, string> = {
  runs: 'new',
  runs_again: 'again',
  left: 'has a run, stays as it is',
  skipped: 'skipped',
};

/** `missing` is the same as `none`. */
const REPROCESS: Partial<Record<Reprocess, string>> = {
  none: 'leave it as it is',
  failed: 'run it again if it failed',
  all: 'run it again',
};

interface Props {
  name: string;
  schedules: readonly PipelineScheduleView[];
  onClose: () => void;
}

/** Plans a backfill, shows what it would do, and begins it. */
export function NewBackfill({ name, schedules, onClose }: Props) {
  const queries = useQueryClient();
  const [planned, setPlanned] = useState<{ order: CreateBackfill; plan: PlannedBackfill } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setError(null);
    try {
      if (planned) {
        await pipelines.createBackfill(name, planned.order);
        await queries.invalidateQueries({ queryKey: ['pipeline', name, 'backfills'] });
        onClose();
      } else {
        const order = orderOf(new FormData(event.currentTarget));
        setPlanned({ order, plan: await pipelines.planBackfill(name, order) });
      }
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <Modal title={`Backfill ${name}`} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        {planned ? <Plan plan={planned.plan} /> : <Fields schedules={schedules} />}
        {error !== null && <Problem error={error} />}
        <footer>
          <button type="button" onClick={planned ? () => setPlanned(null) : onClose}>
            {planned ? 'Back' : 'Leave it'}
          </button>
          <button type="submit" className="primary" disabled={planned?.plan.total === 0}>
            {planned ? `Begin with ${planned.plan.total}` : 'Preview'}
          </button>
        </footer>
      </form>
    </Modal>
  );
}

function Fields({ schedules }: { schedules: readonly PipelineScheduleView[] }) {
  return (
    <>
      <Field label="From" hint="A date, which is midnight in the schedule's zone, or an instant such as 2026-01-31T06:00:00Z">
        <input name="from" required className="mono" placeholder="2026-01-01" autoComplete="off" />
      </Field>
      <Field label="To" hint="The first instant after the last one">
        <input name="to" required className="mono" placeholder="2026-02-01" autoComplete="off" />
      </Field>
      {schedules.length > 1 && (
        <Field label="Schedule">
          <select name="trigger">
            {schedules.map(({ id, words }) => (
              <option key={id} value={id}>
                {id}: {words}
              </option>
            ))}
          </select>
        </Field>
      )}
      <Field label="A tick that has a run">
        <select name="reprocess">
          {Object.entries(REPROCESS).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Order">
        <select name="order">
          <option value="asc">the earliest first</option>
          <option value="desc">the latest first</option>
          <option value="random">at random</option>
        </select>
      </Field>
      <Field label="Runs at once">
        <input name="maxActive" type="number" min={1} defaultValue={ACTIVE} />
      </Field>
    </>
  );
}

function Plan({ plan }: { plan: PlannedBackfill }) {
  const counts = new Map<PlannedFate, number>();
  for (const { fate } of plan.items) counts.set(fate, (counts.get(fate) ?? 0) + 1);
  return (
    <>
      <p>
        <b>{plan.total} ticks</b>
        {plan.items.length < plan.total && `, of which the first ${plan.items.length} are looked at here`}:{' '}
        {[...counts].map(([fate, count]) => `${count} ${FATE[fate]}`).join(', ')}
      </p>
      <ul className="plain-list ruled plan">
        {plan.items.slice(0, NAMED).map(({ at, partition, run, fate }) => (
          <li key={at} className="line">
            <When at={at} />
            <span className="mono cut">{partition ?? run}</span>
            <span className="hint">{FATE[fate]}</span>
          </li>
        ))}
      </ul>
      {plan.total > NAMED && <p className="hint">and {plan.total - NAMED} more</p>}
    </>
  );
}

function orderOf(fields: FormData): CreateBackfill {
  const text = (name: string) => String(fields.get(name) ?? '').trim();
  const trigger = text('trigger');
  return {
    from: text('from'),
    to: text('to'),
    order: text('order') as NonNullable<CreateBackfill['order']>,
    reprocess: text('reprocess') as Reprocess,
    maxActive: Number(text('maxActive')) || ACTIVE,
    ...(trigger && { trigger }),
  };
}
