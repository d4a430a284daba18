import { Link } from '@tanstack/react-router';
import type { VersionFigure } from '../api/schema';
import { rich } from '../i18n/rich';
import { amount } from '../state/format';
import { Status } from './Glyph';

/** How the latest runs of a version went, with a way to them. */
export function VersionRuns({ arn, figure }: { arn: string; figure: VersionFigure | undefined }) {
  if (!figure) return <span className="hint">–</span>;
  const counts = [['running', figure.running], ['succeeded', figure.succeeded], ['failed', figure.failed], ['aborted', figure.aborted]] as const;
  return (
    <Link to="/runs" search={{ workflow: arn }} className="version-runs">
      {counts.filter(([, n]) => n > 0).map(([status, n]) => (
        <span key={status}>{amount(n)} <Status status={status} /></span>
      ))}
    </Link>
  );
}

/** Whether runs under way mind a change: they keep what they began with. */
export function RunningOn({ number, figure }: { number: number | string; figure: VersionFigure | undefined }) {
  if (!figure || figure.running === 0) return null;
  return <p className="hint">{rich('aliases.keeps', { n: figure.running, number })}</p>;
}

/** Finds the figures of a version. */
export function figureOf(figures: readonly VersionFigure[] | undefined, number: number | undefined): VersionFigure | undefined {
  return figures?.find(({ version }) => version === number);
}

