import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SetWorkflow, WorkflowView } from '../../api/schema';
import { settingsPath, workflows } from '../../api/workflows';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { commandsOf } from '../../state/commands';
import { textOf } from '../../state/equivalents';
import { LEVELS, type Level } from './levels';

/** Asks for the settings of a state machine; only what is different is sent. */
export function SetMachine({ workflow, onClose }: { workflow: WorkflowView; onClose: () => void }) {
  const { id, role, logLevel, logGroup, logsData, tags } = workflow;
  const queries = useQueryClient();
  const [level, setLevel] = useState(logLevel);
  const set = async (fields: FormData) => {
    await workflows.set(id, changesOf(workflow, fields));
    await queries.invalidateQueries({ queryKey: ['workflow', id] });
  };
  return (
    <Ask
      title={t('workflows.setTitle')}
      verb={t('workflows.set')}
      needs="author"
      act={set}
      onClose={onClose}
      as={(fields) => commandsOf({ method: 'PUT', path: settingsPath(id), body: changesOf(workflow, fields) })}
    >
      <p className="hint">{t('workflows.setHint')}</p>
      <Field label={t('workflows.role')}>
        <input name="role" required defaultValue={role} spellCheck={false} autoComplete="off" className="mono" />
      </Field>
      <Field label={t('workflows.logs')}>
        <select name="level" value={level} onChange={({ target }) => setLevel(target.value)}>
          {LEVELS.map((one) => <option key={one} value={one}>{t(`workflows.logs_${one satisfies Level}`)}</option>)}
        </select>
      </Field>
      {level !== 'OFF' && (
        <>
          <Field label={t('workflows.logGroup')} hint={t('workflows.logGroupHint')}>
            <input name="group" required defaultValue={logGroup} spellCheck={false} autoComplete="off" className="mono" />
          </Field>
          <label className="check">
            <input type="checkbox" name="data" defaultChecked={logsData} /> {t('workflows.logsData')}
          </label>
        </>
      )}
      <Field label={t('workflows.tags')} hint={t('workflows.tagsHint')} isOptional>
        <textarea name="tags" rows={3} className="mono" defaultValue={tagsText(tags)} spellCheck={false} />
      </Field>
    </Ask>
  );
}

const tagsText = (tags: WorkflowView['tags']) => tags.map(({ key, value }) => `${key}=${value}`).join('\n');

function changesOf({ role, logLevel, logGroup, logsData, tags }: WorkflowView, fields: FormData): SetWorkflow {
  const [level, group, withData] = [textOf(fields, 'level'), textOf(fields, 'group'), fields.get('data') !== null];
  const logging = level === 'OFF' ? { level } : { level, group, withData };
  const isLogged = level !== logLevel || (level !== 'OFF' && (group !== (logGroup ?? '') || withData !== logsData));
  const lines = textOf(fields, 'tags').split('\n').map((line) => line.trim()).filter(Boolean);
  const [wanted, wantedRole] = [lines.join('\n'), textOf(fields, 'role')];
  return {
    ...(wantedRole !== role && { role: wantedRole }),
    ...(isLogged && { logging: logging as NonNullable<SetWorkflow['logging']> }),
    ...(wanted !== tagsText(tags) && { tags: lines.map(tagOf) }),
  };
}

/** `key=value`, or a key alone. */
function tagOf(line: string): { key: string; value: string } {
  const [key, ...value] = line.split('=');
  return { key: key!.trim(), value: value.join('=').trim() };
}
