import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { operate } from '../../api/operate';
import type { ScheduleView, WorkflowView } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { Commands } from '../../components/Equivalents';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { startAs } from '../../state/equivalents';
import { scheduleWords } from '../../state/scheduleWords';

/** What starts a state machine: its schedules, and how clients do. */
export function MachineTriggers({ workflow: { id, name, aliases } }: { workflow: WorkflowView }) {
  const schedules = useQuery({ queryKey: ['schedules'], queryFn: operate.schedules });
  return (
    <div className="stack">
      <section className="block" aria-label={t('workflows.schedules')}>
        <h2>{t('workflows.schedules')}</h2>
        <Answer of={schedules} what={t('workflows.theSchedules')}>
          {({ items }) => <Schedules items={items.filter(({ workflow }) => isOf(workflow, id))} name={name} />}
        </Answer>
      </section>
      <section className="block" aria-label={t('workflows.byClients')}>
        <h2>{t('workflows.byClients')}</h2>
        <p className="hint">{t(aliases.length > 0 ? 'workflows.byClientsAlias' : 'workflows.byClientsHint')}</p>
        <Commands of={startAs({ workflow: aliases[0] ? `${id}:${aliases[0].name}` : id, input: '{}' })} />
        <p className="hint">{t('workflows.byPipelines')}</p>
      </section>
    </div>
  );
}

/** A schedule may start the workflow, one of its versions or an alias. */
const isOf = (workflow: string, id: string) => workflow === id || workflow.startsWith(`${id}:`);

function Schedules({ items, name }: { items: readonly ScheduleView[]; name: string }) {
  return (
    <>
      {items.length === 0 && <p className="hint">{t('workflows.noSchedule')}</p>}
      <ul className="plain-list ruled">
        {items.map(({ workflow, id, spec, state, next }) => (
          <li key={`${workflow}/${id}`} className="line">
            <Link to="/schedules" search={{ of: `${workflow}/${id}` }}>{id}</Link>
            <span className="cut">{scheduleWords(spec)}</span>
            <When at={state === 'active' ? next[0] : undefined} />
          </li>
        ))}
      </ul>
      <p>
        <Link to="/schedules" search={{ q: name }}>{t('workflows.toSchedules')}</Link>
      </p>
    </>
  );
}
