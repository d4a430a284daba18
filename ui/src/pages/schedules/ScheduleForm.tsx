import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, at } from '../../api/client';
import { operate, type ScheduleSpec } from '../../api/operate';
import type { EditableSchedule } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { isOfPipeline } from '../../state/arn';
import { commandsOf } from '../../state/commands';
import { textOf } from '../../state/equivalents';
import { CATCHUPS, type Draft, draftOf, KINDS, OVERLAPS, specOf } from '../../state/scheduleDraft';
import { ownZone } from '../../state/zone';
import { CalendarField } from './CalendarField';
import { NextTicks } from './NextTicks';
import '../../styles/calendar.css';

/** What schedules are written in is the same in every language. */
const EXAMPLES = { cron: '0 6 * * 1-5', every: '15m', at: '2027-01-31T09:00:00Z', window: '2h', grace: '60s' } as const;

interface Props {
  /** The schedule to change; a new one if absent. */
  schedule?: EditableSchedule;
  onClose: () => void;
}

/** Makes a schedule of a state machine, or changes one, and shows when it is due before that. */
export function ScheduleForm({ schedule, onClose }: Props) {
  const queries = useQueryClient();
  const workflows = useQuery({ queryKey: ['workflows'], queryFn: api.workflows });
  const [draft, setDraft] = useState<Draft>(() => draftOf(schedule?.spec ?? {}, ownZone()));
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const spec = specOf(draft);
  const preview = usePreview(schedule?.name ?? '', spec, draft.when.trim() !== '');
  const aboutOf = (fields: FormData) => {
    const input = textOf(fields, 'input');
    return { spec, description: textOf(fields, 'description'), ...(input && { input }) };
  };
  const newOf = (fields: FormData) => ({ ...aboutOf(fields), name: textOf(fields, 'name'), workflow: textOf(fields, 'workflow') });
  const keep = async (fields: FormData) => {
    if (schedule) await operate.changeSchedule(schedule.arn, aboutOf(fields));
    else await operate.createSchedule(newOf(fields));
    await queries.invalidateQueries();
  };
  const as = (fields: FormData) =>
    schedule
      ? commandsOf({ method: 'PUT', path: at`/schedules/${schedule.arn}`, body: aboutOf(fields) })
      : commandsOf({ method: 'POST', path: '/schedules', body: newOf(fields) });
  return (
    <Ask
      needs="author"
      title={schedule ? t('calendar.changeTitle', { name: schedule.name }) : t('calendar.newTitle')}
      verb={t('calendar.keep')}
      act={keep}
      onClose={onClose}
      isReady={preview.data !== undefined && preview.data.problem === undefined}
      as={as}
    >
      {!schedule && (
        <>
          <Field label={t('calendar.name')}>
            <input name="name" required maxLength={56} pattern="[A-Za-z0-9_\-]+" spellCheck={false} autoComplete="off" />
          </Field>
          <Field label={t('schedules.workflow')}>
            <select name="workflow" required>
              {(workflows.data?.items ?? []).filter(({ id }) => !isOfPipeline(id)).map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </Field>
        </>
      )}
      <fieldset className="options">
        <legend>{t('calendar.kind')}</legend>
        {KINDS.map((kind) => (
          <label key={kind}>
            <input type="radio" name="kind" checked={draft.kind === kind} onChange={() => set({ kind })} />
            {t(`calendar.kind_${kind}`)}
          </label>
        ))}
      </fieldset>
      <Field label={t(`calendar.kind_${draft.kind}`)} hint={t('calendar.such', { example: EXAMPLES[draft.kind] })}>
        <input className="mono" value={draft.when} required spellCheck={false} onChange={({ target }) => set({ when: target.value })} />
      </Field>
      <Field label={t('calendar.zone')}>
        <input value={draft.timezone} list="zones" required spellCheck={false} onChange={({ target }) => set({ timezone: target.value })} />
      </Field>
      <datalist id="zones">
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <Field label={t('calendar.overlap')}>
        <select value={draft.overlap} onChange={({ target }) => set({ overlap: target.value })}>
          <option value="">{t('calendar.overlap_default')}</option>
          {OVERLAPS.map((overlap) => (
            <option key={overlap} value={overlap}>
              {t(`calendar.overlap_${overlap}`)}
            </option>
          ))}
        </select>
      </Field>
      <CalendarField draft={draft} set={set} />
      <CatchUp draft={draft} set={set} />
      <div className="side-by-side">
        <Field label={t('calendar.jitter')} isOptional>
          <input value={draft.jitter} className="mono" spellCheck={false} onChange={({ target }) => set({ jitter: target.value })} />
        </Field>
        <Field label={t('calendar.end')} isOptional>
          <input type="date" value={draft.end} onChange={({ target }) => set({ end: target.value })} />
        </Field>
      </div>
      <Field label={t('calendar.input')} isOptional>
        <textarea name="input" rows={2} className="mono" spellCheck={false} defaultValue={schedule?.input} />
      </Field>
      <Field label={t('calendar.description')} isOptional>
        <input name="description" maxLength={512} autoComplete="off" defaultValue={schedule?.description} />
      </Field>
      {preview.isError && <Problem error={preview.error} />}
      {preview.data && <NextTicks spec={specOf(draft)} preview={preview.data} />}
    </Ask>
  );
}

/** What becomes of ticks that come too late. */
function CatchUp({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const { catchup, window, grace } = draft;
  return (
    <>
      <Field label={t('calendar.catchup')}>
        <select value={catchup} onChange={({ target }) => set({ catchup: target.value })}>
          <option value="">{t('calendar.catchup_default')}</option>
          {[...CATCHUPS, 'window' as const].map((one) => (
            <option key={one} value={one}>
              {t(`calendar.catchup_${one}`)}
            </option>
          ))}
        </select>
      </Field>
      <div className="side-by-side">
        {catchup === 'window' && (
          <Field label={t('calendar.catchupWindow')} hint={t('calendar.such', { example: EXAMPLES.window })}>
            <input className="mono" value={window} required spellCheck={false} onChange={({ target }) => set({ window: target.value })} />
          </Field>
        )}
        <Field label={t('calendar.grace')} isOptional hint={t('calendar.such', { example: EXAMPLES.grace })}>
          <input className="mono" value={grace} spellCheck={false} onChange={({ target }) => set({ grace: target.value })} />
        </Field>
      </div>
    </>
  );
}

/** Asks the server what a schedule would mean, as it is written, once it says when. */
function usePreview(name: string, spec: ScheduleSpec, enabled: boolean) {
  return useQuery({
    queryKey: ['preview', name, spec],
    queryFn: () => operate.previewSchedule(name, spec),
    enabled,
    retry: false,
    gcTime: 0,
  });
}
