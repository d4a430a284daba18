import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { DeliveryView, PipelineScheduleView, TriggerView } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { Answer } from '../../components/Answer';
import { Command } from '../../components/Command';
import { type Column, DataTable } from '../../components/DataTable';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { cameAt } from '../../state/deliveries';
import { instant } from '../../state/format';
import { scheduleWords } from '../../state/scheduleWords';
import { runName } from '../../state/arn';

const ReplayDialog = lazy(() => import('./ReplayDialog').then(({ ReplayDialog }) => ({ default: ReplayDialog })));

/** What starts a pipeline, and what became of what came. */
export function Triggers({ name, id }: { name: string; id: string }) {
  const triggers = useQuery({ queryKey: ['pipeline', name, 'triggers'], queryFn: () => pipelines.triggers(name) });
  const schedules = useQuery({ queryKey: ['pipeline', name, 'schedules'], queryFn: () => pipelines.schedules(name) });
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <div className="stack">
      <section className="block" aria-label={t('triggers.schedules')}>
        <h2>{t('triggers.schedules')}</h2>
        <Answer of={schedules} what={t('triggers.theSchedules')}>
          {({ items }) =>
            items.length === 0 ? (
              <p className="hint">{t('triggers.noSchedule')}</p>
            ) : (
              <ul className="plain-list ruled">
                {items.map((schedule) => (
                  <ScheduleLine key={schedule.id} of={id} schedule={schedule} />
                ))}
              </ul>
            )
          }
        </Answer>
      </section>
      <section className="block" aria-label={t('triggers.triggers')}>
        <h2>{t('triggers.triggers')}</h2>
        <Answer of={triggers} what={t('triggers.theTriggers')}>
          {({ items }) => {
            const shown = items.find((trigger) => trigger.id === chosen) ?? items[0];
            return items.length === 0 ? (
              <p className="hint">{t('triggers.noTrigger')}</p>
            ) : (
              <>
                <DataTable label={t('triggers.triggers')} fits columns={columns(setChosen)} rows={items} keyOf={(trigger) => trigger.id} open={shown?.id} />
                {shown && <Deliveries key={shown.id} name={name} trigger={shown} />}
              </>
            );
          }}
        </Answer>
      </section>
    </div>
  );
}

function ScheduleLine({ of, schedule }: { of: string; schedule: PipelineScheduleView }) {
  return (
    <li className="line">
      <Link to="/schedules" search={{ of: `${of}/${schedule.id}` }}>
        {schedule.id}
      </Link>
      <span className="cut">{scheduleWords(schedule.spec)}</span>
      <span className="hint">{t(`triggers.${schedule.state as 'active' | 'paused' | 'ended'}`)}</span>
      <When at={schedule.state === 'active' ? schedule.next[0] : undefined} />
    </li>
  );
}

function columns(choose: (id: string) => void): readonly Column<TriggerView>[] {
  return [
    {
      name: t('triggers.state'),
      width: '110px',
      cell: ({ enabled, healthy }) => (!enabled ? <Status status="skipped" word={t('triggers.off')} /> : healthy ? <Status status="not_reached" word={t('triggers.listens')} /> : <Status status="failed" word={t('triggers.inTrouble')} />),
    },
    {
      name: t('triggers.trigger'),
      width: 'minmax(100px, 1fr)',
      className: 'cut',
      cell: ({ id, kind, path }) => (
        <button type="button" className="row-link" onClick={() => choose(id)}>
          {id} <span className="hint">{kind}</span> <span className="hint mono">{path}</span>
        </button>
      ),
    },
    { name: t('triggers.waiting'), width: '64px', className: 'number', isWide: true, cell: ({ pending }) => pending },
    { name: t('triggers.looked'), width: '150px', isWide: true, cell: ({ looked }, now) => <When at={looked} now={now} /> },
    {
      name: t('triggers.trouble'),
      width: 'minmax(100px, 2fr)',
      className: 'cut',
      isWide: true,
      cell: ({ trouble }) => trouble?.error ?? <span className="hint">–</span>,
    },
  ];
}

const FATE = {
  waiting: 'queued',
  run: 'succeeded',
  filtered: 'skipped',
  duplicate: 'caught',
  dropped: 'aborted',
  paused: 'blocked',
  held: 'blocked',
  failed: 'failed',
} as const satisfies Record<string, StepStatus>;

/** A word of a newer server is shown as it is. */
function FateSign({ fate }: { fate: string }) {
  if (!(fate in FATE)) return <Status status="waiting" word={fate} />;
  const known = fate as keyof typeof FATE;
  return <Status status={FATE[known]} word={t(`triggers.fate_${known}`)} />;
}

function deliveryColumns(replay: (delivery: DeliveryView) => void): readonly Column<DeliveryView>[] {
  return [
    { name: t('triggers.fate'), width: '110px', narrow: '98px', cell: ({ fate }) => <FateSign fate={fate} /> },
    {
      name: t('triggers.came'),
      width: 'minmax(70px, 130px)',
      narrow: '76px',
      className: 'cut',
      cell: ({ at }, now) => <When at={at} now={now} />,
    },
    {
      name: t('triggers.run'),
      width: 'minmax(70px, 1fr)',
      narrow: 'minmax(40px, 1fr)',
      className: 'cut mono',
      cell: ({ run }) => run && <Link to="/runs/$id" params={{ id: run }}>{runName(run)}</Link>,
    },
    { name: t('triggers.key'), width: 'minmax(60px, 1fr)', className: 'cut mono', isWide: true, cell: ({ key }) => key },
    { name: t('triggers.why'), width: 'minmax(100px, 2fr)', className: 'cut', isWide: true, cell: (delivery) => delivery.reason ?? replayOf(delivery) },
    {
      name: t('triggers.replay'),
      width: '84px',
      cell: (delivery) =>
        !WAITS.includes(delivery.fate) && (
          <button type="button" className="small" onClick={() => replay(delivery)}>
            {t('triggers.replayAsk')}
          </button>
        ),
    },
  ];
}

/** What still waits for its run cannot be replayed. */
const WAITS = ['waiting', 'held'];

function replayOf({ replayOf, by }: DeliveryView): string | undefined {
  if (replayOf === undefined) return undefined;
  const time = instant(cameAt(replayOf));
  return by === undefined ? t('triggers.replayed', { time }) : t('triggers.replayedBy', { time, by });
}

function Deliveries({ name, trigger }: { name: string; trigger: TriggerView }) {
  const deliveries = useQuery({
    queryKey: ['pipeline', name, 'deliveries', trigger.id],
    queryFn: () => pipelines.deliveries(name, trigger.id),
  });
  const [replayed, setReplayed] = useState<DeliveryView | null>(null);
  return (
    <section className="block" aria-label={t('triggers.deliveries', { trigger: trigger.id })}>
      {trigger.path && <Command text={`curl -X POST ${location.origin}${trigger.path} -H 'content-type: application/json' -d '{}'`} />}
      <h3>{t('triggers.cameTo', { trigger: trigger.id })}</h3>
      <Answer of={deliveries} what={t('triggers.whatCame')}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="hint">{t('triggers.nothingCame')}</p>
          ) : (
            <DataTable label={t('triggers.deliveries', { trigger: trigger.id })} fits columns={deliveryColumns(setReplayed)} rows={items} keyOf={({ id }) => id} />
          )
        }
      </Answer>
      {replayed && (
        <Suspense>
          <ReplayDialog name={name} trigger={trigger.id} delivery={replayed} onClose={() => setReplayed(null)} />
        </Suspense>
      )}
    </section>
  );
}
