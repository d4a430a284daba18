import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { StepFailure, StepFigure } from '../../api/schema';
import { type Graph, type GraphNode, writtenError } from '../../graph/compile';
import { ancestors } from '../../graph/fold';
import { t } from '../../i18n/text';
import { runsSearch } from '../../router';
import { ofRun } from '../../state/status';
import { Status } from '../Glyph';

interface Group extends StepFailure {
  of: StepFigure;
  /** The error that is shown where the events have none. */
  told: string | undefined;
}

/** What a Parallel or a Map failed with because of a step inside is told of that alone. */
function groupsOf(items: readonly StepFigure[], graph: Graph | null): Group[] {
  const nodes = new Map(graph?.nodes.map((node) => [node.id, node]));
  const groups = items.flatMap((of) => of.failures.map((failure): Group => ({ ...writtenIn(nodes.get(of.step)), ...failure, of })));
  const inside = new Set<string>();
  for (const { of, error, told } of groups) {
    for (const around of graph ? ancestors(graph, of.step) : []) inside.add(`${around}/${error ?? told}`);
  }
  return groups.filter(({ of, error }) => !inside.has(`${of.step}/${error}`)).toSorted((a, b) => b.count - a.count);
}

/** The event of a Fail has no error, its definition may. */
function writtenIn(node: GraphNode | undefined): Pick<Group, 'told' | 'cause'> {
  const { error, ...rest } = (node && writtenError(node)) ?? {};
  return { told: error, ...rest };
}

/** Why steps failed, the most frequent first; each leads to the steps of all its runs. */
export function Failures({ items, graph }: { items: readonly StepFigure[]; graph: Graph | null }) {
  const groups = useMemo(() => groupsOf(items, graph), [items, graph]);
  return (
    <section aria-label={t('heat.byStep')}>
      <h2>{t('heat.byStep')}</h2>
      {groups.length === 0 && <p className="hint">{t('heat.noFailures')}</p>}
      <ul className="plain-list ruled">
        {groups.map((group) => (
          <Row key={`${group.of.step}/${group.state}/${group.error}/${group.run}/${group.cause}`} group={group} />
        ))}
      </ul>
    </section>
  );
}

function Row({ group: { of, state, error, told, cause, count, run } }: { group: Group }) {
  const search = runsSearch({ show: 'steps', workflow: of.workflow, state, step: of.step, error });
  return (
    <li className="failure-group">
      <Status status={ofRun(state)} />
      <p>
        <b className="mono">{t('heat.at', { error: error ?? told ?? t('heat.noError'), step: of.step })}</b>
      </p>
      {cause && <p className="hint cut" title={cause}>{cause}</p>}
      <p className="facts">
        <Link to="/runs" search={search}>{t('heat.times', { n: count })}</Link>
        <Link to="/runs/$id" params={{ id: run }} search={{ step: of.step }}>{t('heat.latest')}</Link>
      </p>
    </li>
  );
}
