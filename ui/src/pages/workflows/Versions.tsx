import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { VersionFigure, WorkflowVersion, WorkflowView } from '../../api/schema';
import { aliasPath, workflows } from '../../api/workflows';
import { Aliases } from '../../components/Aliases';
import { CompareVersions } from '../../components/CompareVersions';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { figureOf, RunningOn, VersionRuns } from '../../components/VersionRuns';
import { When } from '../../components/When';
import { compile } from '../../graph/compile';
import { t } from '../../i18n/text';
import { namesOf } from '../../state/aliases';
import { useVersionPair } from '../../state/versionPair';
import '../../styles/versions.css';

/** The definition as it is now, as the address says it. */
const PRESENT = 'present';

/** The published versions, who runs them, how two of them differ, and their names. */
export function Versions({ workflow }: { workflow: WorkflowView }) {
  const { id, versions, aliases } = workflow;
  const queries = useQueryClient();
  const names = [PRESENT, ...versions.map(({ number }) => String(number))];
  const [compared, setCompared] = useVersionPair([names[1] ?? PRESENT, PRESENT], names);
  const arnOf = (name: string) => (name === PRESENT ? id : `${id}:${name}`);
  const nameOf = (version: string) => (version === id ? PRESENT : version.slice(id.length + 1));
  const pair = compared.map(arnOf) as [string, string];
  const diff = useQuery({ queryKey: ['workflow diff', ...pair], queryFn: () => workflows.diff(...pair) });
  const figures = useQuery({ queryKey: ['figures', id, 'versions'], queryFn: () => workflows.versionFigures(id) });
  if (versions.length === 0) {
    return (
      <Empty title={t('workflows.noVersion')}>
        <p>{t('workflows.noVersionHint')}</p>
      </Empty>
    );
  }
  const choices = [
    { value: id, label: t('workflows.present') },
    ...versions.map(({ number }) => ({ value: `${id}:${number}`, label: t('workflows.versionOf', { number }) })),
  ];
  const numberOf = (version: string) => (version === id ? undefined : Number(version.slice(id.length + 1)));
  const look = () => queries.invalidateQueries({ queryKey: ['workflow', id] });
  return (
    <div className="versions">
      <DataTable
        label={t('workflows.versions')}
        fits
        columns={columns(workflow, figures.data?.items)}
        rows={versions}
        keyOf={({ number }) => String(number)}
      />
      {figures.data?.isPartial && <p className="hint">{t('aliases.partly')}</p>}
      <Aliases
        aliases={aliases}
        versions={versions.map(({ number }) => number)}
        path={(name) => aliasPath(id, name)}
        set={(name, alias) => workflows.setAlias(id, name, alias).then(look)}
        remove={(name) => workflows.deleteAlias(id, name).then(look)}
      />
      <CompareVersions
        choices={choices}
        from={pair[0]}
        to={pair[1]}
        onChange={(from, to) => setCompared(nameOf(from), nameOf(to))}
        diff={diff}
        lookAt={(version) => workflows.view(version).then(({ definition }) => ({ graph: compile(definition) }))}
        about={() => <RunningOn number={numberOf(pair[0]) ?? t('workflows.present')} figure={figureOf(figures.data?.items, numberOf(pair[0]))} />}
      />
    </div>
  );
}

function columns({ id, aliases }: WorkflowView, figures: readonly VersionFigure[] | undefined): readonly Column<WorkflowVersion>[] {
  return [
    { name: t('workflows.version'), width: '72px', className: 'mono', cell: ({ number }) => number },
    { name: t('workflows.published'), width: 'minmax(90px, 160px)', className: 'cut', cell: ({ created }) => <When at={created} /> },
    { name: t('workflows.by'), width: 'minmax(60px, 120px)', className: 'cut', isWide: true, cell: ({ author }) => author },
    { name: t('workflows.aliases'), width: 'minmax(60px, 160px)', className: 'cut', cell: ({ number }) => namesOf(aliases, number) },
    {
      name: t('workflows.runs'),
      width: 'minmax(160px, 300px)',
      className: 'cut',
      isWide: true,
      cell: ({ number }) => <VersionRuns arn={`${id}:${number}`} figure={figureOf(figures, number)} />,
    },
    { name: t('workflows.whatIsNew'), width: 'minmax(120px, 1fr)', className: 'cut', isWide: true, cell: ({ description }) => description },
  ];
}
