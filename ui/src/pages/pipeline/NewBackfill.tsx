import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { CreateBackfill, PipelineScheduleView, PlannedBackfill, PlannedFate, PlannedTick, Reprocess } from '../../api/schema';
import { Equivalents } from '../../components/Equivalents';
import { Field } from '../../components/Field';
import { Status } from '../../components/Glyph';
import { Modal } from '../../components/Modal';
import { Problem } from '../../components/Problem';
import { When } from '../../components/When';
import { rich } from '../../i18n/rich';
import { t } from '../../i18n/text';
import { backfillAs } from '../../state/equivalents';
import { scheduleWords } from '../../state/scheduleWords';
import { ofRun } from '../../state/status';

const ACTIVE = 4;
/** Ticks of the plan that are named. */
const NAMED = 100;

/** What becomes of a tick that has a run; `missing` is the same as `none`. */
const REPROCESS = ['none', 'failed', 'all'] as const satisfies readonly Reprocess[];
const ORDER = ['asc', 'desc', 'random'] as const;
/** What may stand in the first field beside a date. */
const EXAMPLE = '2026-01-31T06:00:00Z';

interface Props {
  name: string;
  schedules: readonly PipelineScheduleView[];
  /** Told the backfill that began. */
  onBegun: (id: string) => void;
  onClose: () => void;
}

/** Plans a backfill, shows what it would do, and begins it. */
export function NewBackfill({ name, schedules, onBegun, onClose }: Props) {
  const queries = useQueryClient();
  const [planned, setPlanned] = useState<{ order: CreateBackfill; plan: PlannedBackfill } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setError(null);
    try {
      if (planned) {
        const { id } = await pipelines.createBackfill(name, planned.order);
        await queries.invalidateQueries({ queryKey: ['pipeline', name, 'backfills'] });
        onClose();
        onBegun(id);
      } else {
        const order = orderOf(new FormData(event.currentTarget));
        setPlanned({ order, plan: await pipelines.planBackfill(name, order) });
      }
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <Modal title={t('backfills.title', { name })} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        {planned ? <Plan plan={planned.plan} reprocess={planned.order.reprocess ?? 'none'} /> : <Fields schedules={schedules} />}
        {planned && <Equivalents of={backfillAs(name, planned.order)} />}
        {error !== null && <Problem error={error} />}
        <footer>
          <button type="button" onClick={planned ? () => setPlanned(null) : onClose}>
            {planned ? t('backfills.back') : t('common.leave')}
          </button>
          <button type="submit" className="primary">
            {planned ? t('backfills.begin', { n: planned.plan.total }) : t('backfills.preview')}
          </button>
        </footer>
      </form>
    </Modal>
  );
}

function Fields({ schedules }: { schedules: readonly PipelineScheduleView[] }) {
  return (
    <>
      <Field label={t('backfills.from')} hint={t('backfills.fromHint', { example: EXAMPLE })}>
        <input name="from" required className="mono" placeholder="2026-01-01" autoComplete="off" />
      </Field>
      <Field label={t('backfills.to')} hint={t('backfills.toHint')}>
        <input name="to" required className="mono" placeholder="2026-02-01" autoComplete="off" />
      </Field>
      {schedules.length > 1 && (
        <Field label={t('backfills.schedule')}>
          <select name="trigger">
            {schedules.map(({ id, spec }) => (
              <option key={id} value={id}>
                {t('backfills.scheduleWords', { id, words: scheduleWords(spec) })}
              </option>
            ))}
          </select>
        </Field>
      )}
      <Field label={t('backfills.existing')}>
        <select name="reprocess">
          {REPROCESS.map((value) => (
            <option key={value} value={value}>
              {t(`backfills.existing_${value}`)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t('backfills.order')}>
        <select name="order">
          {ORDER.map((value) => (
            <option key={value} value={value}>
              {t(`backfills.order_${value}`)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t('backfills.atOnce')}>
        <input name="maxActive" type="number" min={1} defaultValue={ACTIVE} />
      </Field>
    </>
  );
}

function Plan({ plan, reprocess }: { plan: PlannedBackfill; reprocess: Reprocess }) {
  const counts = new Map<PlannedFate, number>();
  for (const { fate } of plan.items) counts.set(fate, (counts.get(fate) ?? 0) + 1);
  const told = {
    ticks: <b>{t('backfills.ticks', { n: plan.total })}</b>,
    fates: [...counts].map(([fate, n]) => t('backfills.fateCount', { n, fate: t(`backfills.fate_${fate}`) })).join(', '),
  };
  const isInPart = plan.items.length < plan.total;
  const rules = [
    [t('backfills.order'), t(`backfills.order_${plan.order}`)],
    [t('backfills.atOnce'), plan.maxActive],
    [t('backfills.existing'), t(`backfills.existing_${reprocess === 'missing' ? 'none' : reprocess}`)],
  ] as const;
  return (
    <>
      <p role="status">
        {isInPart ? rich('backfills.planInPart', { ...told, shown: plan.items.length }) : rich('backfills.plan', told)}
      </p>
      <dl className="facts-list">
        {rules.map(([rule, value]) => (
          <div key={rule}>
            <dt>{rule}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <ul className="plain-list ruled plan" tabIndex={0} aria-label={t('backfills.planned')}>
        {plan.items.slice(0, NAMED).map((tick) => (
          <PlannedLine key={tick.at} tick={tick} />
        ))}
      </ul>
      {plan.total > NAMED && <p className="hint">{t('backfills.more', { n: plan.total - NAMED })}</p>}
      <p className="hint">{t('backfills.dryRun')}</p>
    </>
  );
}

/** A tick: what would happen, and how the run is that there is. */
function PlannedLine({ tick: { at, partition, run, fate, status, why } }: { tick: PlannedTick }) {
  return (
    <li>
      <span className="line">
        <When at={at} />
        <span className="mono cut">{partition ?? run}</span>
        {status && <Status status={ofRun(status)} />}
        <span className="hint">{t(`backfills.fate_${fate}`)}</span>
      </span>
      {why && <p className="hint why">{why}</p>}
    </li>
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
