import { t } from '../i18n/text';
import { amount } from '../state/format';
import { HUE, type StatusCount, wordOf } from '../state/status';
import { Status } from './Glyph';
import '../styles/counts.css';

interface Props {
  label: string;
  counts: readonly StatusCount[];
  /** The status whose things are shown; none: all of them. */
  chosen: string | null;
  onChoose: (status: StatusCount[0] | null) => void;
  /** Whether it explains what is drawn beside it, and needs no bar. */
  isLegend?: boolean;
}

/** How many things have each status: as parts of a bar, and as buttons that leave those of one. */
export function CountsBar({ label, counts, chosen, onChoose, isLegend = false }: Props) {
  const present = counts.filter(([, count]) => count > 0);
  const total = present.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  return (
    <div className="counts-bar" role="group" aria-label={label}>
      {!isLegend && (
        <div aria-hidden="true">
          {present.map(([status, count]) => (
            <span key={status} title={`${wordOf(status)} ${amount(count)}`} style={{ flexGrow: count, background: `var(--st-${HUE[status]})` }} />
          ))}
        </div>
      )}
      <p>
        <button type="button" className="quiet small" aria-pressed={chosen === null} onClick={() => onChoose(null)}>
          <b>{amount(total)}</b> {t('common.all')}
        </button>
        {present.map(([status, count]) => (
          <button key={status} type="button" className="quiet small" aria-pressed={chosen === status} onClick={() => onChoose(chosen === status ? null : status)}>
            <b>{amount(count)}</b> <Status status={status} />
          </button>
        ))}
      </p>
    </div>
  );
}
