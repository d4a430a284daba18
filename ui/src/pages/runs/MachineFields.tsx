import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client';
import { workflows } from '../../api/workflows';
import { Field } from '../../components/Field';
import { LabelsField } from '../../components/LabelsField';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { pretty } from '../../state/format';
import { EarlierRun } from './EarlierRun';
import { MachineInput } from './MachineInput';

interface Props {
  machine: string;
  /** The ARN of the version or alias that is started; empty: the machine as it is. */
  of: string;
  input: string;
  mistake: string | null;
  onOf: (arn: string) => void;
  onInput: (input: string) => void;
  onBroken: (isBroken: boolean) => void;
}

/** What a run of a state machine is started with. */
export function MachineFields({ machine, of, input, mistake, onOf, onInput, onBroken }: Props) {
  // What was begun in fields is over once another input is taken.
  const [taken, setTaken] = useState(0);
  const take = (found: string) => {
    onInput(pretty(found));
    onBroken(false);
    setTaken((count) => count + 1);
  };
  const last = useMutation({
    mutationFn: () => inputOfLast(machine),
    onSuccess: (found) => found !== undefined && take(found),
  });
  const hasNone = last.isSuccess && last.data === undefined;
  return (
    <>
      <Edition machine={machine} of={of} onOf={onOf} />
      <Field label={t('runs.name')} isOptional>
        <input name="name" maxLength={80} spellCheck={false} autoComplete="off" />
      </Field>
      <LabelsField />
      <MachineInput key={taken} input={input} mistake={mistake} onInput={onInput} onBroken={onBroken} />
      <p>
        <button type="button" className="quiet small" disabled={last.isPending} onClick={() => last.mutate()}>
          {t('runs.lastInput')}
        </button>
        {hasNone && <span className="hint" role="status"> {t('runs.noLastInput')}</span>}
      </p>
      <EarlierRun workflow={machine} onTake={take} />
      {last.isError && <Problem error={last.error} />}
    </>
  );
}

/** Returns what the latest run was started with; nothing if there is none. */
async function inputOfLast(machine: string): Promise<string | undefined> {
  const latest = (await api.runs({ workflow: machine })).items[0];
  return latest && (await api.view(latest.id)).run.input;
}

/** Which version is started; nothing to choose where none was published. */
function Edition({ machine, of, onOf }: Pick<Props, 'machine' | 'of' | 'onOf'>) {
  const { data } = useQuery({ queryKey: ['workflow', machine], queryFn: () => workflows.view(machine) });
  if (!data || data.versions.length === 0) return null;
  return (
    <Field label={t('runs.edition')}>
      <select value={of} onChange={({ target }) => onOf(target.value)}>
        <option value="">{t('runs.asItIs')}</option>
        {data.aliases.map(({ name }) => (
          <option key={name} value={`${machine}:${name}`}>{t('runs.ofAlias', { alias: name })}</option>
        ))}
        {data.versions.map(({ number }) => (
          <option key={number} value={`${machine}:${number}`}>{t('runs.ofVersion', { version: number })}</option>
        ))}
      </select>
    </Field>
  );
}
