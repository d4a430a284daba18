import { type ReactNode, useState } from 'react';
import type { WorkflowView } from '../../api/schema';
import { Tags } from '../../components/Tags';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { useRefusal } from '../../state/role';
import { LEVELS } from './levels';
import { kindWord } from './list';
import { SetMachine } from './SetMachine';

/** How a state machine is set up, and a way to change that. */
export function Machine({ workflow }: { workflow: WorkflowView }) {
  const { id, kind, created, role, logLevel, logGroup, logsData, tags, searchAttributes } = workflow;
  const [isAsking, setAsking] = useState(false);
  const refusal = useRefusal('author');
  const level = LEVELS.find((one) => one === logLevel);
  const searched = Object.entries(searchAttributes);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t('workflows.arn'), <span className="mono break">{id}</span>],
    [t('workflows.kind'), kindWord(kind === 'EXPRESS')],
    [t('workflows.created'), <When at={created} />],
    [t('workflows.role'), <span className="mono break">{role}</span>],
    [t('workflows.logs'), level ? t(`workflows.logs_${level}`) : logLevel],
    ...(logGroup === undefined ? [] : [[t('workflows.logGroup'), <span className="mono break">{logGroup}</span>] as const]),
    ...(logsData ? [['', t('workflows.logsData')] as const] : []),
    [t('workflows.tags'), tags.length > 0 ? <Tags tags={tags} /> : <span className="hint">{t('workflows.noTag')}</span>],
    [
      t('workflows.searched'),
      searched.length > 0 ? (
        <ul className="plain-list">{searched.map(([name, path]) => <li key={name} className="mono">{name}: {path}</li>)}</ul>
      ) : (
        <span className="hint">{t('workflows.notSearched')}</span>
      ),
    ],
  ];
  return (
    <div className="stack">
      <dl className="facts-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div>
        <button type="button" disabled={refusal !== undefined} title={refusal} onClick={() => setAsking(true)}>
          {t('workflows.setAsk')}
        </button>
      </div>
      {isAsking && <SetMachine workflow={workflow} onClose={() => setAsking(false)} />}
    </div>
  );
}
