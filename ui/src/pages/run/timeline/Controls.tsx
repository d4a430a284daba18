import { t } from '../../../i18n/text';
import { duration } from '../../../state/format';
import { type Stretch, zoomed } from '../../../state/timescale';

const ZOOM_STEP = 2;

interface Props {
  whole: Stretch;
  window: Stretch;
  /** What is zoomed in on. */
  around: number;
  idle: readonly Stretch[];
  isFolded: boolean;
  onFold: (isFolded: boolean) => void;
  onZoom: (window: Stretch | null) => void;
}

/** What can be done to a timeline without a pointer: see less of it or more, and fold what is idle. */
export function Controls({ whole, window, around, idle, isFolded, onFold, onZoom }: Props) {
  const isWhole = window.from <= whole.from && window.to >= whole.to;
  const middle = (window.from + window.to) / 2;
  const idleMs = idle.reduce((sum, { from, to }) => sum + to - from, 0);
  return (
    <div className="actions" role="group" aria-label={t('timeline.view')}>
      <button type="button" onClick={() => onZoom(zoomed(window, whole, 1 / ZOOM_STEP, around))}>{t('graph.zoomIn')}</button>
      <button type="button" disabled={isWhole} onClick={() => onZoom(zoomed(window, whole, ZOOM_STEP, middle))}>{t('graph.zoomOut')}</button>
      <button type="button" disabled={isWhole} onClick={() => onZoom(null)}>{t('timeline.whole')}</button>
      {idle.length > 0 && (
        <label className="check">
          <input type="checkbox" checked={isFolded} onChange={({ target }) => onFold(target.checked)} />
          {t('timeline.fold', { time: duration(idleMs) })}
        </label>
      )}
    </div>
  );
}
