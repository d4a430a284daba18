import type { ReactNode } from 'react';
import type { WorkflowView } from '../../api/schema';
import { Command } from '../../components/Command';
import { Tags } from '../../components/Tags';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { kindWord } from './list';

type Level = 'OFF' | 'ALL' | 'ERROR' | 'FATAL';
const LEVELS: ReadonlySet<string> = new Set<Level>(['OFF', 'ALL', 'ERROR', 'FATAL']);

/** How a state machine is set up. What is changed by clients alone has the command that does it. */
export function Machine({ workflow }: { workflow: WorkflowView }) {
  const { id, kind, created, role, logLevel, tags, searchAttributes } = workflow;
  const searched = Object.entries(searchAttributes);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t('workflows.arn'), <span className="mono break">{id}</span>],
    [t('workflows.kind'), kindWord(kind === 'EXPRESS')],
    [t('workflows.created'), <When at={created} />],
    [t('workflows.role'), <span className="mono break">{role}</span>],
    [t('workflows.logs'), LEVELS.has(logLevel) ? t(`workflows.logs_${logLevel as Level}`) : logLevel],
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
  const aws = `aws stepfunctions --endpoint-url ${location.origin}`;
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
      <h2>{t('workflows.toChange')}</h2>
      <Command text={`${aws} tag-resource --resource-arn ${id} --tags key=team,value=data`} />
      <Command text={`${aws} update-state-machine --state-machine-arn ${id} --role-arn ${role}`} />
    </div>
  );
}
