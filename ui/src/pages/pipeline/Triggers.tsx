import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { DeliveryView, PipelineScheduleView, TriggerView } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { Answer } from '../../components/Answer';
import { Command } from '../../components/Command';
import { type Column, DataTable } from '../../components/DataTable';
import { Status } from '../../components/Glyph';
import { When } from '../../components/When';
import { runName } from '../../state/arn';

/** What starts a pipeline, and what became of what came. */
export function Triggers({ name, id }: { name: string; id: string }) {
  const triggers = useQuery({ queryKey: ['pipeline', name, 'triggers'], queryFn: () => pipelines.triggers(name) });
  const schedules = useQuery({ queryKey: ['pipeline', name, 'schedules'], queryFn: () => pipelines.schedules(name) });
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <div className="stack">
      <section className="block" aria-label="Schedules">
        <h2>Schedules</h2>
        <Answer of={schedules} what="the schedules">
          {({ items }) =>
            items.length === 0 ? (
              <p className="hint">The clock does not start it.</p>
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
      <section className="block" aria-label="Triggers">
        <h2>Triggers</h2>
        <Answer of={triggers} what="the triggers">
          {({ items }) => {
            const shown = items.find((trigger) => trigger.id === chosen) ?? items[0];
            return items.length === 0 ? (
              <p className="hint">Nothing that happens outside starts it.</p>
            ) : (
              <>
                <DataTable label="Triggers" fits columns={columns(setChosen)} rows={items} keyOf={(trigger) => trigger.id} open={shown?.id} />
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
      <span className="cut">{schedule.words}</span>
      <span className="hint">{schedule.state}</span>
      <When at={schedule.state === 'active' ? schedule.next[0] : undefined} />
    </li>
  );
}

function columns(choose: (id: string) => void): readonly Column<TriggerView>[] {
  return [
    {
      name: 'State',
      width: '110px',
      cell: ({ healthy }) => (healthy ? <span>Listens</span> : <Status status="failed" word="In trouble" />),
    },
    {
      name: 'Trigger',
      width: 'minmax(100px, 1fr)',
      className: 'cut',
      cell: ({ id, kind }) => (
        <button type="button" className="row-link" onClick={() => choose(id)}>
          {id} <span className="hint">{kind}</span>
        </button>
      ),
    },
    { name: 'Waiting', width: '64px', className: 'mono', isWide: true, cell: ({ pending }) => pending },
    { name: 'Looked', width: '150px', isWide: true, cell: ({ looked }, now) => <When at={looked} now={now} /> },
    {
      name: 'Trouble',
      width: 'minmax(100px, 2fr)',
      className: 'cut',
      isWide: true,
      cell: ({ trouble, path }) => trouble?.error ?? <span className="hint mono">{path}</span>,
    },
  ];
}

const FATE: Record<string, [StepStatus, string]> = {
  waiting: ['queued', 'Waits'],
  run: ['succeeded', 'Started'],
  filtered: ['skipped', 'Filtered'],
  duplicate: ['caught', 'Duplicate'],
  dropped: ['aborted', 'Dropped'],
  paused: ['blocked', 'Paused'],
  held: ['blocked', 'Held'],
  failed: ['failed', 'Failed'],
};

const DELIVERIES: readonly Column<DeliveryView>[] = [
  {
    name: 'Fate',
    width: '110px',
    cell: ({ fate }) => {
      const [status, word] = FATE[fate] ?? ['waiting', fate];
      return <Status status={status} word={word} />;
    },
  },
  { name: 'Came', width: 'minmax(70px, 130px)', className: 'cut', cell: ({ at }, now) => <When at={at} now={now} /> },
  {
    name: 'Run',
    width: 'minmax(70px, 1fr)',
    className: 'cut mono',
    cell: ({ run }) => run && <Link to="/runs/$id" params={{ id: run }}>{runName(run)}</Link>,
  },
  { name: 'Key', width: 'minmax(60px, 1fr)', className: 'cut mono', isWide: true, cell: ({ key }) => key },
  { name: 'Why', width: 'minmax(100px, 2fr)', className: 'cut', isWide: true, cell: ({ reason }) => reason },
];

function Deliveries({ name, trigger }: { name: string; trigger: TriggerView }) {
  const deliveries = useQuery({
    queryKey: ['pipeline', name, 'deliveries', trigger.id],
    queryFn: () => pipelines.deliveries(name, trigger.id),
  });
  return (
    <section className="block" aria-label={`Deliveries of ${trigger.id}`}>
      {trigger.path && <Command text={`curl -X POST ${location.origin}${trigger.path} -H 'content-type: application/json' -d '{}'`} />}
      <h3>What came to {trigger.id}</h3>
      <Answer of={deliveries} what="what came">
        {({ items }) =>
          items.length === 0 ? (
            <p className="hint">Nothing has come yet.</p>
          ) : (
            <DataTable label={`Deliveries of ${trigger.id}`} fits columns={DELIVERIES} rows={items} keyOf={({ id }) => id} />
          )
        }
      </Answer>
    </section>
  );
}
