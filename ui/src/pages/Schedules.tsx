import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { operate } from '../api/operate';
import { Answer } from '../components/Answer';
import { Command } from '../components/Command';
import { Empty } from '../components/Empty';
import { Page } from '../components/Page';
import { Tabs } from '../components/Tabs';
import { rich } from '../i18n/rich';
import { t } from '../i18n/text';
import { useFresh } from '../state/fresh';
import { ScheduleList } from './schedules/ScheduleList';

const Calendar = lazy(() => import('./schedules/calendar/Calendar').then(({ Calendar }) => ({ default: Calendar })));
const ScheduleForm = lazy(() => import('./schedules/ScheduleForm').then(({ ScheduleForm }) => ({ default: ScheduleForm })));
const route = getRouteApi('/schedules');

/** What the clock starts: when next, and why it did not. */
export function Schedules() {
  const search = route.useSearch();
  const { view = 'list', period, date } = search;
  const navigate = useNavigate();
  const [isMaking, setMaking] = useState(false);
  const list = useQuery({ queryKey: ['schedules'], queryFn: operate.schedules });
  useFresh(['schedules'], ['ticks']);
  const tabs = (['list', 'calendar'] as const).map((id) => ({ id, label: t(`calendar.view_${id}`) }));
  return (
    <Page
      title={t('frame.schedules')}
      fills
      actions={
        <button type="button" className="primary" onClick={() => setMaking(true)}>
          {t('calendar.new')}
        </button>
      }
    >
      <Answer of={list} what={t('schedules.what')}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing />
          ) : (
            <Tabs
              label={t('frame.schedules')}
              tabs={tabs}
              current={view}
              onChange={(next) => void navigate({ to: '/schedules', search: next === 'calendar' ? { view: next } : {} })}
            >
              {view === 'calendar' ? (
                <Suspense>
                  <Calendar
                    {...(period && { period })}
                    {...(date && { date })}
                    onChange={(days) => void navigate({ to: '/schedules', search: { ...search, ...days }, replace: true })}
                  />
                </Suspense>
              ) : (
                <ScheduleList items={items} />
              )}
            </Tabs>
          )
        }
      </Answer>
      {isMaking && (
        <Suspense>
          <ScheduleForm onClose={() => setMaking(false)} />
        </Suspense>
      )}
    </Page>
  );
}

function Nothing() {
  return (
    <Empty title={t('schedules.none')}>
      <p>
        {rich('schedules.noneHint', {
          pipeline: <Link to="/pipelines">{t('schedules.pipeline')}</Link>,
          example: <code>{'on: {schedule: …}'}</code>,
        })}
      </p>
      <Command text={'on: {schedule: {cron: "0 6 * * *", timezone: Europe/Lisbon}}'} />
    </Empty>
  );
}
