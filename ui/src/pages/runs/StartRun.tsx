import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client';
import type { WorkflowItem } from '../../api/schema';
import { Modal } from '../../components/Modal';
import { Problem } from '../../components/Problem';
import { t } from '../../i18n/text';
import { mistakeIn } from '../../state/jsonText';

interface Props {
  workflows: readonly Pick<WorkflowItem, 'id' | 'name' | 'kind'>[];
  onClose: () => void;
}

/** Starts a run and opens its page. */
export function StartRun({ workflows, onClose }: Props) {
  const navigate = useNavigate();
  const [error, setError] = useState<unknown>(null);
  const [input, setInput] = useState('{}');
  const mistake = mistakeIn(input);
  // Express runs leave nothing to look at.
  const standard = workflows.filter(({ kind }) => kind === 'STANDARD');
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const name = String(fields.get('name')).trim();
    try {
      const workflow = String(fields.get('workflow'));
      const { id } = await api.start({ workflow, input, ...(name && { name }) });
      await navigate({ to: '/runs/$id', params: { id } });
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <Modal title={t('runs.startTitle')} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
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
          <textarea
            className="mono"
            rows={8}
            value={input}
            spellCheck={false}
            aria-invalid={mistake !== null}
            aria-describedby="input-mistake"
            onChange={(event) => setInput(event.target.value)}
          />
        </label>
        <p id="input-mistake" className="mistake" role="status">
          {mistake}
        </p>
        {error !== null && <Problem error={error} />}
        <footer>
          <button type="submit" className="primary" disabled={mistake !== null || standard.length === 0}>
            {t('runs.startIt')}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
