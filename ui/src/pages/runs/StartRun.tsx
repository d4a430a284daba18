import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { api } from '../../api/client';
import { pipelines } from '../../api/pipelines';
import type { WorkflowItem } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Problem } from '../../components/Problem';
import { t, withTexts } from '../../i18n/text';
import { isOfPipeline } from '../../state/arn';
import { runOf, startAs, startPipelineAs } from '../../state/equivalents';
import { mistakeIn } from '../../state/jsonText';
import { paramOf, read, type Texts } from '../../state/params';
import { MachineFields } from './MachineFields';

const PipelineFields = lazy(() => withTexts(import('../pipeline/StartPipeline'), 'pipelines').then(({ PipelineFields }) => ({ default: PipelineFields })));

type Startable = Pick<WorkflowItem, 'id' | 'name' | 'kind'>;

interface Props {
  workflows: readonly Startable[];
  onClose: () => void;
}

/** Starts a run of a state machine or a pipeline, and opens its page. */
export function StartRun({ workflows, onClose }: Props) {
  const navigate = useNavigate();
  // Express runs leave nothing to look at.
  const machines = workflows.filter(({ id, kind }) => kind === 'STANDARD' && !isOfPipeline(id));
  const piped = workflows.filter(({ id }) => isOfPipeline(id));
  const [chosen, choose] = useState(machines[0]?.id ?? piped[0]?.id ?? '');
  const [input, setInput] = useState('{}');
  const [of, setOf] = useState('');
  const [texts, setTexts] = useState<Texts>({});
  const [isBroken, setBroken] = useState(false);
  const isPipeline = isOfPipeline(chosen);
  const name = piped.find(({ id }) => id === chosen)?.name ?? '';
  const pipeline = useQuery({ queryKey: ['pipeline', name], queryFn: () => pipelines.view(name), enabled: isPipeline });
  const { values, mistakes } = read((isPipeline && pipeline.data?.params.map(paramOf)) || [], texts);
  const mistake = mistakeIn(input);
  const ofPipeline = (fields: FormData) => ({ ...runOf(fields), params: values });
  const ofMachine = (fields: FormData) => ({ workflow: of || chosen, input, ...runOf(fields) });
  const start = async (fields: FormData) => {
    const { id } = await (isPipeline ? pipelines.start(name, ofPipeline(fields)) : api.start(ofMachine(fields)));
    await navigate({ to: '/runs/$id', params: { id } });
  };
  const isReady = !isBroken && (isPipeline ? pipeline.isSuccess && Object.keys(mistakes).length === 0 : chosen !== '' && mistake === null);
  return (
    <Ask
      title={t('runs.startTitle')}
      verb={t('runs.startIt')}
      act={start}
      onClose={onClose}
      isReady={isReady}
      as={(fields) => (isPipeline ? startPipelineAs(name, ofPipeline(fields)) : startAs(ofMachine(fields)))}
    >
      {chosen === '' ? (
        <p>{t('runs.nothingToStart', { command: 'compasso push FILE' })}</p>
      ) : (
        <Choice
          machines={machines}
          piped={piped}
          chosen={chosen}
          onChoose={(id) => {
            choose(id);
            setTexts({});
            setOf('');
            setBroken(false);
          }}
        />
      )}
      {isPipeline && pipeline.isError && <Problem error={pipeline.error} retry={() => void pipeline.refetch()} />}
      {isPipeline && pipeline.data && (
        <Suspense>
          <PipelineFields key={chosen} pipeline={pipeline.data} texts={texts} mistakes={mistakes} onChange={setTexts} onBroken={setBroken} />
        </Suspense>
      )}
      {!isPipeline && chosen !== '' && <MachineFields key={chosen} machine={chosen} of={of} input={input} mistake={mistake} onOf={setOf} onInput={setInput} onBroken={setBroken} />}
    </Ask>
  );
}

interface ChoiceProps {
  machines: readonly Startable[];
  piped: readonly Startable[];
  chosen: string;
  onChoose: (id: string) => void;
}

function Choice({ machines, piped, chosen, onChoose }: ChoiceProps) {
  const groups = [
    [t('frame.workflows'), machines],
    [t('frame.pipelines'), piped],
  ] as const;
  return (
    <label>
      {t('runs.workflow')}
      <select value={chosen} required onChange={({ target }) => onChoose(target.value)}>
        {groups.map(([label, items]) => items.length > 0 && (
          <optgroup key={label} label={label}>
            {items.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}
