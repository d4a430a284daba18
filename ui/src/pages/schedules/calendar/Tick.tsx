import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { TimelineLane, TimelineTick } from '../../../api/schema';
import { Glyph } from '../../../components/Glyph';
import { localeTag, t } from '../../../i18n/text';
import { lengthOf, statusOfTick } from '../../../state/calendar';
import { duration } from '../../../state/format';
import { wordOf } from '../../../state/status';
import { ownZone } from '../../../state/zone';

interface Props {
  lane: TimelineLane;
  tick: TimelineTick;
  className?: string;
  children?: ReactNode;
}

/** A tick: what became of it leads to its run, what comes to its schedule. */
export function Tick({ lane, tick, className = '', children }: Props) {
  const told = tellTick(lane, tick);
  const isComing = tick.state === undefined;
  const classes = `tick-block ${isComing ? 'coming' : ''} ${lane.isPaused && isComing ? 'resting' : ''} ${className}`;
  const inside = (
    <>
      {!isComing && <Glyph status={statusOfTick(tick)} />}
      {children ?? <span className="cut">{lane.workflowName}</span>}
    </>
  );
  if (tick.run !== undefined) {
    return (
      <Link to="/runs/$id" params={{ id: tick.run }} className={classes} title={told} aria-label={told}>
        {inside}
      </Link>
    );
  }
  return (
    <Link to="/schedules" search={{ of: `${lane.workflow}/${lane.id}` }} className={classes} title={told} aria-label={told}>
      {inside}
    </Link>
  );
}

/** Writes the time of a day. */
export function timeOf(at: string): string {
  return new Date(at).toLocaleTimeString(localeTag(), { hour: '2-digit', minute: '2-digit', hour12: false, timeZone: ownZone() });
}

function tellTick(lane: TimelineLane, tick: TimelineTick): string {
  const name = `${lane.workflowName} ${lane.id}`;
  const took = duration(lengthOf(lane, tick));
  if (tick.state === undefined) {
    if (lane.isPaused) return t('calendar.resting', { name, time: timeOf(tick.at) });
    return lane.medianMs === undefined
      ? t('calendar.coming', { name, time: timeOf(tick.at) })
      : t('calendar.comingTakes', { name, time: timeOf(tick.at), took });
  }
  const status = tick.state === 'run' ? wordOf(statusOfTick(tick)) : t(`schedules.tick_${tick.state}`);
  return tick.run === undefined || tick.tookMs === undefined
    ? t('calendar.was', { name, time: timeOf(tick.at), status })
    : t('calendar.wasTook', { name, time: timeOf(tick.at), status, took });
}
