import { useQuery, useQueryClient } from '@tanstack/react-query';
import { pipelineAliasPath, pipelines } from '../../api/pipelines';
import type { PipelineAlias, PipelineDiff, PipelineVersion, VersionFigure } from '../../api/schema';
import { workflows } from '../../api/workflows';
import { Aliases } from '../../components/Aliases';
import { Answer } from '../../components/Answer';
import { CompareVersions } from '../../components/CompareVersions';
import { type Column, DataTable } from '../../components/DataTable';
import { figureOf, RunningOn, VersionRuns } from '../../components/VersionRuns';
import { When } from '../../components/When';
import { ofPipeline } from '../../graph/ofPipeline';
import { t } from '../../i18n/text';
import { namesOf } from '../../state/aliases';
import { useVersionPair } from '../../state/versionPair';
import '../../styles/versions.css';

/** What was pushed, and how two pushes differ. */
export function PipelineVersions({ name, id }: { name: string; id: string }) {
  const queries = useQueryClient();
  const versions = useQuery({ queryKey: ['pipeline', name, 'versions'], queryFn: () => pipelines.versions(name) });
  const aliases = useQuery({ queryKey: ['pipeline', name, 'aliases'], queryFn: () => pipelines.aliases(name) });
  const figures = useQuery({ queryKey: ['figures', id, 'versions'], queryFn: () => workflows.versionFigures(id) });
  const look = () => queries.invalidateQueries({ queryKey: ['pipeline', name, 'aliases'] });
  return (
    <div className="versions">
      <Answer of={versions} what={t('pipelines.theVersions')}>
        {({ items }) => (
          <>
            <DataTable
              label={t('pipelines.versions')}
              fits
              columns={columns(id, aliases.data?.items ?? [], figures.data?.items)}
              rows={items}
              keyOf={({ number }) => String(number)}
            />
            {figures.data?.isPartial && <p className="hint">{t('aliases.partly')}</p>}
            <Aliases
              aliases={aliases.data?.items ?? []}
              versions={items.map(({ number }) => number)}
              path={(alias) => pipelineAliasPath(name, alias)}
              set={(alias, wanted) => pipelines.setAlias(name, alias, wanted).then(look)}
              remove={(alias) => pipelines.deleteAlias(name, alias).then(look)}
            />
            {items.length > 1 && <Compared name={name} id={id} versions={items} figures={figures.data?.items} />}
          </>
        )}
      </Answer>
    </div>
  );
}

function columns(id: string, aliases: readonly PipelineAlias[], figures: readonly VersionFigure[] | undefined): readonly Column<PipelineVersion>[] {
  return [
    { name: t('pipelines.version'), width: '72px', className: 'mono', cell: ({ number }) => number },
    { name: t('pipelines.pushed'), width: 'minmax(90px, 160px)', className: 'cut', cell: ({ created }) => <When at={created} /> },
    { name: t('pipelines.aliases'), width: 'minmax(60px, 140px)', className: 'cut', cell: ({ number }) => namesOf(aliases, number) },
    { name: t('pipelines.by'), width: '140px', className: 'cut', isWide: true, cell: ({ author }) => author },
    {
      name: t('pipelines.runs'),
      width: 'minmax(160px, 280px)',
      className: 'cut',
      isWide: true,
      cell: ({ number }) => <VersionRuns arn={`${id}:${number}`} figure={figureOf(figures, number)} />,
    },
    { name: t('pipelines.whatIsNew'), width: 'minmax(120px, 1fr)', className: 'cut', isWide: true, cell: ({ description }) => description },
    { name: t('pipelines.content'), width: '110px', className: 'cut mono', isWide: true, cell: ({ sha256, commit }) => (commit ?? sha256)?.slice(0, 12) },
  ];
}

interface ComparedProps {
  name: string;
  id: string;
  versions: readonly PipelineVersion[];
  figures: readonly VersionFigure[] | undefined;
}

function Compared({ name, id, versions, figures }: ComparedProps) {
  const number = (at: number) => String(versions[at]!.number);
  const [[from, to], setPair] = useVersionPair([number(1), number(0)], versions.map(({ number }) => String(number)));
  const diff = useQuery({
    queryKey: ['pipeline diff', name, from, to],
    queryFn: () => pipelines.diff(name, Number(from), Number(to)),
  });
  return (
    <CompareVersions
      choices={versions.map(({ number }) => ({ value: String(number), label: t('pipelines.versionOf', { number }) }))}
      from={from}
      to={to}
      onChange={setPair}
      diff={diff}
      lookAt={(version) =>
        pipelines.view(`${id}:${version}`).then(({ graph, definition }) => ({ graph: ofPipeline(graph), text: definition }))
      }
      about={(answer) => (
        <>
          <Tasks diff={answer} />
          <RunningOn number={from} figure={figureOf(figures, Number(from))} />
        </>
      )}
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
