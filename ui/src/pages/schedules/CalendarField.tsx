import { useQuery } from '@tanstack/react-query';
import { operate } from '../../api/operate';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { CALENDAR_MODES, type Draft } from '../../state/scheduleDraft';

/** Days that a calendar of the server closes, opens or moves ticks from. */
export function CalendarField({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const calendars = useQuery({ queryKey: ['calendars'], queryFn: operate.calendars });
  const { calendar, calendarMode, rest } = draft;
  // One that is gone stays what the schedule says.
  const names = [...new Set([...(calendars.data?.items ?? []).map(({ name }) => name), ...(calendar ? [calendar] : [])])];
  const hasOwn = 'calendar' in rest;
  return (
    <>
      <Field label={t('calendar.business')} isOptional hint={hasOwn ? t('calendar.ownDays') : names.length === 0 ? t('calendar.noCalendar', { command: 'compasso calendars put' }) : ''}>
        <select value={calendar} disabled={hasOwn} onChange={({ target }) => set({ calendar: target.value })}>
          <option value="">{t('calendar.everyDay')}</option>
          {names.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
      </Field>
      {calendar && (
        <Field label={t('calendar.closedDays')}>
          <select value={calendarMode} onChange={({ target }) => set({ calendarMode: target.value })}>
            {CALENDAR_MODES.map((mode) => <option key={mode} value={mode}>{t(`calendar.mode_${mode}`)}</option>)}
          </select>
        </Field>
      )}
    </>
  );
}
