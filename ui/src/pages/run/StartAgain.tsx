import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/client';
import { runs } from '../../api/runs';
import type { Run, Step } from '../../api/types';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { JsonMistake, JsonText } from '../../components/JsonText';
import { LabelsField } from '../../components/LabelsField';
import { t } from '../../i18n/text';
import { copyAs, runOf, startAs } from '../../state/equivalents';
import { pretty } from '../../state/format';
import { mistakeIn } from '../../state/jsonText';

type Place = 'beginning' | 'step';

interface Props {
  run: Run;
  /** The step that is selected, if a run can begin there. */
  step: Step | undefined;
  /** Whether the version that the workflow has now is chosen at first. */
  onLatest: boolean;
  /** Whether it begins at the selected step, if nothing else is chosen. */
  atStep: boolean;
  onClose: () => void;
}

/** Starts another run like this one: from the beginning or at a state, with the same input or another. */
export function StartAgain({ run, step, onLatest, atStep, onClose }: Props) {
  const navigate = useNavigate();
  const [place, setPlace] = useState<Place>(atStep && step ? 'step' : 'beginning');
  const [isPresent, setPresent] = useState(onLatest);
  const [texts, setTexts] = useState<Partial<Record<Place, string>>>({});
  const entered = useQuery({
    queryKey: ['event', run.id, step?.entryEvent],
    queryFn: () => api.events(run.id, step!.entryEvent, 1),
    enabled: place === 'step',
  });
  const had = { beginning: run.input, step: entered.data?.items[0]?.details['input'] as string | undefined };
  const input = texts[place] ?? pretty(had[place] ?? '');
  const mistake = mistakeIn(input);
  const began = run.alias ?? run.version;
  const workflow = isPresent ? run.workflow : (began ?? run.workflow);
  const copy = (fields: FormData) => ({ state: step!.state, input, ...runOf(fields) });
  const anew = (fields: FormData) => ({ workflow, againOf: run.id, input, ...runOf(fields) });
  const start = async (fields: FormData) => {
    const { id } = await (place === 'step' ? runs.copy(run.id, copy(fields)) : api.start(anew(fields)));
    await navigate({ to: '/runs/$id', params: { id } });
  };
  const as = (fields: FormData) => (place === 'step' ? copyAs(run.id, copy(fields)) : startAs(anew(fields)));
  return (
    <Ask title={t('run.againTitle')} verb={t('run.againVerb')} act={start} onClose={onClose} isReady={had[place] !== undefined && mistake === null} as={as}>
      <fieldset className="choices">
        <legend>{t('again.where')}</legend>
        <Choice name="beginning" place={place} onChoose={setPlace} word={t('again.beginning')} />
        <Choice name="step" place={place} onChoose={setPlace} word={step ? t('again.step', { step: step.state }) : t('again.selected')} isOff={!step} />
      </fieldset>
      {began !== undefined && place === 'beginning' && (
        <label className="check">
          <input type="checkbox" checked={isPresent} onChange={({ target }) => setPresent(target.checked)} />
          {t('again.present', { version: began.split(':').at(-1)! })}
        </label>
      )}
      <p className="hint">{place === 'step' ? t('again.stepHint') : t('again.beginningHint')}</p>
      <Field label={t('again.input')}>
        <JsonText id="again" value={input} mistake={mistake} onChange={(text) => setTexts({ ...texts, [place]: text })} />
      </Field>
      <JsonMistake id="again" mistake={mistake} />
      <Field label={t('again.name')} isOptional>
        <input name="name" maxLength={80} spellCheck={false} autoComplete="off" />
      </Field>
      {place === 'beginning' && <LabelsField labels={run.labels} />}
    </Ask>
  );
}

function Choice({ name, place, word, isOff = false, onChoose }: { name: Place; place: Place; word: string; isOff?: boolean; onChoose: (place: Place) => void }) {
  return (
    <label className="check">
      <input type="radio" name="place" checked={place === name} disabled={isOff} onChange={() => onChoose(name)} />
      {word}
    </label>
  );
}
