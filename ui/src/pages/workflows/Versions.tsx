import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { WorkflowVersion, WorkflowView } from '../../api/schema';
import { workflows } from '../../api/workflows';
import { CompareVersions } from '../../components/CompareVersions';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { namesOf } from '../../state/aliases';
import '../../styles/versions.css';

/** The published versions, and how two of them differ. */
export function Versions({ workflow }: { workflow: WorkflowView }) {
  const { id, versions, aliases } = workflow;
  const arn = (number: number) => `${id}:${number}`;
  const [pair, setPair] = useState<[string, string]>([versions[0] ? arn(versions[0].number) : id, id]);
  const diff = useQuery({ queryKey: ['workflow diff', ...pair], queryFn: () => workflows.diff(...pair) });
  if (versions.length === 0) {
    return (
      <Empty title={t('workflows.noVersion')}>
        <p>{t('workflows.noVersionHint')}</p>
      </Empty>
    );
  }
  const columns: readonly Column<WorkflowVersion>[] = [
    { name: t('workflows.version'), width: '72px', className: 'mono', cell: ({ number }) => number },
    { name: t('workflows.published'), width: 'minmax(90px, 160px)', cell: ({ created }) => <When at={created} /> },
    { name: t('workflows.aliases'), width: 'minmax(60px, 160px)', className: 'cut', cell: ({ number }) => namesOf(aliases, number) },
    { name: t('workflows.whatIsNew'), width: 'minmax(120px, 1fr)', className: 'cut', isWide: true, cell: ({ description }) => description },
  ];
  const choices = [
    { value: id, label: t('workflows.present') },
    ...versions.map(({ number }) => ({ value: arn(number), label: t('workflows.versionOf', { number }) })),
  ];
  return (
    <div className="versions">
      <DataTable label={t('workflows.versions')} fits columns={columns} rows={versions} keyOf={({ number }) => String(number)} />
      <CompareVersions choices={choices} from={pair[0]} to={pair[1]} onChange={(...next) => setPair(next)} diff={diff} />
    </div>
  );
}
