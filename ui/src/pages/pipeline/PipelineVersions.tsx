import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { pipelines } from '../../api/pipelines';
import type { PipelineAlias, PipelineDiff, PipelineVersion } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { CompareVersions } from '../../components/CompareVersions';
import { type Column, DataTable } from '../../components/DataTable';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { namesOf } from '../../state/aliases';
import '../../styles/versions.css';

/** What was pushed, and how two pushes differ. */
export function PipelineVersions({ name }: { name: string }) {
  const versions = useQuery({ queryKey: ['pipeline', name, 'versions'], queryFn: () => pipelines.versions(name) });
  const aliases = useQuery({ queryKey: ['pipeline', name, 'aliases'], queryFn: () => pipelines.aliases(name) });
  return (
    <div className="versions">
      <Answer of={versions} what={t('pipelines.theVersions')}>
        {({ items }) => (
          <>
            <DataTable
              label={t('pipelines.versions')}
              fits
              columns={columns(aliases.data?.items ?? [])}
              rows={items}
              keyOf={({ number }) => String(number)}
            />
            {items.length > 1 && <Compared name={name} versions={items} />}
          </>
        )}
      </Answer>
    </div>
  );
}

function columns(aliases: readonly PipelineAlias[]): readonly Column<PipelineVersion>[] {
  return [
    { name: t('pipelines.version'), width: '72px', className: 'mono', cell: ({ number }) => number },
    { name: t('pipelines.pushed'), width: 'minmax(90px, 160px)', className: 'cut', cell: ({ created }) => <When at={created} /> },
    { name: t('pipelines.aliases'), width: 'minmax(60px, 140px)', className: 'cut', cell: ({ number }) => namesOf(aliases, number) },
    { name: t('pipelines.by'), width: '140px', className: 'cut', isWide: true, cell: ({ author }) => author },
    { name: t('pipelines.whatIsNew'), width: 'minmax(120px, 1fr)', className: 'cut', isWide: true, cell: ({ description }) => description },
    { name: t('pipelines.content'), width: '110px', className: 'cut mono', isWide: true, cell: ({ sha256, commit }) => (commit ?? sha256)?.slice(0, 12) },
  ];
}

function Compared({ name, versions }: { name: string; versions: readonly PipelineVersion[] }) {
  const number = (at: number) => String(versions[at]!.number);
  const [[from, to], setPair] = useState([number(1), number(0)] as const);
  const diff = useQuery({
    queryKey: ['pipeline diff', name, from, to],
    queryFn: () => pipelines.diff(name, Number(from), Number(to)),
  });
  return (
    <CompareVersions
      choices={versions.map(({ number }) => ({ value: String(number), label: t('pipelines.versionOf', { number }) }))}
      from={from}
      to={to}
      onChange={(...pair) => setPair(pair)}
      diff={diff}
      about={(answer) => <Tasks diff={answer} />}
    />
  );
}

function Tasks({ diff }: { diff: PipelineDiff }) {
  const told = [
    diff.tasks_added.length > 0 && t('pipelines.newTasks', { tasks: diff.tasks_added.join(', ') }),
    diff.tasks_removed.length > 0 && t('pipelines.goneTasks', { tasks: diff.tasks_removed.join(', ') }),
  ].filter(Boolean);
  return told.length > 0 && <p>{told.join(' ')}</p>;
}
