import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/client';
import type { WorkflowItem } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { JsonMistake, JsonText } from '../../components/JsonText';
import { t } from '../../i18n/text';
import { startAs, textOf } from '../../state/equivalents';
import { mistakeIn } from '../../state/jsonText';

interface Props {
  workflows: readonly Pick<WorkflowItem, 'id' | 'name' | 'kind'>[];
  onClose: () => void;
}

/** Starts a run and opens its page. */
export function StartRun({ workflows, onClose }: Props) {
  const navigate = useNavigate();
  const [input, setInput] = useState('{}');
  const mistake = mistakeIn(input);
  // Express runs leave nothing to look at.
  const standard = workflows.filter(({ kind }) => kind === 'STANDARD');
  const start = async (fields: FormData) => {
    const [name, workflow] = [textOf(fields, 'name'), textOf(fields, 'workflow')];
    const { id } = await api.start({ workflow, input, ...(name && { name }) });
    await navigate({ to: '/runs/$id', params: { id } });
  };
  return (
    <Ask
      title={t('runs.startTitle')}
      verb={t('runs.startIt')}
      act={start}
      onClose={onClose}
      isReady={mistake === null && standard.length > 0}
      as={(fields) => startAs(textOf(fields, 'workflow'), textOf(fields, 'name'), input)}
    >
      {standard.length === 0 ? (
        <p>{t('runs.nothingToStart', { command: 'compasso push FILE' })}</p>
      ) : (
        <label>
          {t('runs.workflow')}
          <select name="workflow" required>
            {standard.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        <span>
          {t('runs.name')} <span className="hint">{t('common.optional')}</span>
        </span>
        <input name="name" maxLength={80} spellCheck={false} autoComplete="off" />
      </label>
      <label>
        {t('runs.inputJson')}
        <JsonText id="input" value={input} mistake={mistake} onChange={setInput} />
      </label>
      <JsonMistake id="input" mistake={mistake} />
    </Ask>
  );
}
