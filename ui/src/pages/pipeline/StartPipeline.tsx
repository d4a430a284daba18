import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { DescribedPipeline } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { ParamFields } from '../../components/ParamFields';
import { t } from '../../i18n/text';
import { isHeld, startPipelineAs, textOf } from '../../state/equivalents';
import { paramOf, read, type Texts } from '../../state/params';

/** Starts a run of a pipeline with its params, and opens its page. */
export function StartPipeline({ pipeline, onClose }: { pipeline: DescribedPipeline; onClose: () => void }) {
  const navigate = useNavigate();
  const [texts, setTexts] = useState<Texts>({});
  const params = pipeline.params.map(paramOf);
  const { values, mistakes } = read(params, texts);
  const start = async (fields: FormData) => {
    const name = textOf(fields, 'name');
    const hold = isHeld(fields);
    const { id } = await pipelines.start(pipeline.name, { ...(name && { name }), ...(hold && { hold }), params: values });
    await navigate({ to: '/runs/$id', params: { id } });
  };
  return (
    <Ask
      title={t('pipelines.startTitle', { name: pipeline.name })}
      verb={t('pipelines.startIt')}
      act={start}
      onClose={onClose}
      as={(fields) => startPipelineAs(pipeline.name, textOf(fields, 'name'), values, isHeld(fields))}
      isReady={Object.keys(mistakes).length === 0}
    >
      <PipelineFields pipeline={pipeline} texts={texts} mistakes={mistakes} onChange={setTexts} />
    </Ask>
  );
}

interface FieldsProps {
  pipeline: DescribedPipeline;
  texts: Texts;
  mistakes: Texts;
  onChange: (texts: Texts) => void;
}

/** What a run of a pipeline is started with. */
export function PipelineFields({ pipeline, texts, mistakes, onChange }: FieldsProps) {
  const params = pipeline.params.map(paramOf);
  return (
    <>
      {params.length === 0 && <p className="hint">{t('pipelines.noParams')}</p>}
      <ParamFields params={params} texts={texts} mistakes={mistakes} onChange={onChange} />
      <Field label={t('pipelines.runName')} isOptional>
        <input name="name" maxLength={80} spellCheck={false} autoComplete="off" />
      </Field>
      {pipeline.mode !== 'express' && (
        <label className="check">
          <input type="checkbox" name="hold" />
          {t('pipelines.hold')}
        </label>
      )}
    </>
  );
}
