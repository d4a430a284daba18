import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { DescribedPipeline } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { FormOrJson, type InputAs } from '../../components/FormOrJson';
import { JsonMistake, JsonText } from '../../components/JsonText';
import { LabelsField } from '../../components/LabelsField';
import { ParamFields } from '../../components/ParamFields';
import { t } from '../../i18n/text';
import { paramsOfInput, textsOf } from '../../state/again';
import { runOf, startPipelineAs } from '../../state/equivalents';
import { paramsIn } from '../../state/inputForm';
import { mistakeIn } from '../../state/jsonText';
import { type Param, paramOf, read, type Texts, textOf as paramText } from '../../state/params';
import { EarlierRun } from '../runs/EarlierRun';

/** Starts a run of a pipeline with its params, and opens its page. */
export function StartPipeline({ pipeline, onClose }: { pipeline: DescribedPipeline; onClose: () => void }) {
  const navigate = useNavigate();
  const [texts, setTexts] = useState<Texts>({});
  const [isBroken, setBroken] = useState(false);
  const params = pipeline.params.map(paramOf);
  const { values, mistakes } = read(params, texts);
  const order = (fields: FormData) => ({ ...runOf(fields), params: values });
  const start = async (fields: FormData) => {
    const { id } = await pipelines.start(pipeline.name, order(fields));
    await navigate({ to: '/runs/$id', params: { id } });
  };
  return (
    <Ask
      title={t('pipelines.startTitle', { name: pipeline.name })}
      verb={t('pipelines.startIt')}
      act={start}
      onClose={onClose}
      as={(fields) => startPipelineAs(pipeline.name, order(fields))}
      isReady={!isBroken && Object.keys(mistakes).length === 0}
    >
      <PipelineFields pipeline={pipeline} texts={texts} mistakes={mistakes} onChange={setTexts} onBroken={setBroken} />
    </Ask>
  );
}

interface FieldsProps {
  pipeline: DescribedPipeline;
  texts: Texts;
  mistakes: Texts;
  onChange: (texts: Texts) => void;
  /** Told whether the JSON that is written is none, or has what is no param. */
  onBroken: (isBroken: boolean) => void;
}

/** What a run of a pipeline is started with. */
export function PipelineFields({ pipeline, texts, mistakes, onChange, onBroken }: FieldsProps) {
  const params = pipeline.params.map(paramOf);
  const [json, setJson] = useState<string | null>(null);
  const { values } = read(params, texts);
  const write = (text: string) => {
    const found = paramsIn(text, params, paramText);
    setJson(text);
    onBroken(found === null || found.unknown.length > 0);
    if (found) onChange(found.texts);
  };
  const show = (as: InputAs) => {
    setJson(as === 'json' ? JSON.stringify(values, null, 2) : null);
    onBroken(false);
  };
  const take = (input: string) => {
    const before = paramsOfInput(input);
    // What is secret was not told, and is to be written again.
    const known = textsOf(params.filter(({ secret }) => !secret), before);
    onChange(known);
    if (json !== null) setJson(JSON.stringify(read(params, known).values, null, 2));
    onBroken(false);
  };
  return (
    <>
      {params.length === 0 && <p className="hint">{t('pipelines.noParams')}</p>}
      {params.length > 0 && <FormOrJson as={json === null ? 'form' : 'json'} onChange={show} />}
      {json === null ? (
        <ParamFields params={params} texts={texts} mistakes={mistakes} onChange={onChange} />
      ) : (
        <ParamsJson json={json} params={params} mistakes={mistakes} onChange={write} />
      )}
      {params.length > 0 && <EarlierRun workflow={pipeline.id} onTake={take} />}
      <Field label={t('pipelines.runName')} isOptional>
        <input name="name" maxLength={80} spellCheck={false} autoComplete="off" />
      </Field>
      {pipeline.mode !== 'express' && (
        <>
          <LabelsField />
          <label className="check">
            <input type="checkbox" name="hold" />
            {t('pipelines.hold')}
          </label>
        </>
      )}
    </>
  );
}

/** The params as JSON, with what is wrong in it. */
function ParamsJson({ json, params, mistakes, onChange }: { json: string; params: readonly Param[]; mistakes: Texts; onChange: (text: string) => void }) {
  const found = paramsIn(json, params, paramText);
  const wrong = Object.entries(mistakes).map(([name, mistake]) => `${name}: ${mistake}`);
  const unknown = (found?.unknown ?? []).map((name) => t('runs.noParam', { name }));
  const mistake = mistakeIn(json) ?? (found === null ? t('runs.noObject') : ([...unknown, ...wrong].join(' ') || null));
  return (
    <>
      <Field label={t('runs.inputJson')}>
        <JsonText id="params" value={json} mistake={mistake} onChange={onChange} />
      </Field>
      <JsonMistake id="params" mistake={mistake} />
    </>
  );
}
