import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import { Field } from '../../components/Field';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { instant } from '../../state/format';
import { ofRun, wordOf } from '../../state/status';

/** Runs that are offered. */
const SHOWN = 20;

/** Chooses one of the latest runs of a workflow, whose input is taken; nothing where there is none. */
export function EarlierRun({ workflow, onTake }: { workflow: string; onTake: (input: string) => void }) {
  const runs = useQuery({ queryKey: ['earlier', workflow], queryFn: () => api.runs({ workflow }), staleTime: 0 });
  const taken = useMutation({
    mutationFn: async (id: string) => (await api.view(id)).run.input,
    onSuccess: (input) => input !== undefined && onTake(input),
  });
  const items = runs.data?.items.slice(0, SHOWN) ?? [];
  if (items.length === 0) return null;
  return (
    <>
      <Field label={t('runs.earlierInput')} isOptional>
        <select value={taken.variables ?? ''} onChange={({ target }) => target.value && taken.mutate(target.value)}>
          <option value="">{t('common.choose')}</option>
          {items.map(({ id, name, started, status }) => (
            <option key={id} value={id}>{[name, instant(started), wordOf(ofRun(status))].join(' · ')}</option>
          ))}
        </select>
      </Field>
      {taken.isError && <Problem error={taken.error} />}
    </>
  );
}
