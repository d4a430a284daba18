const KEY = 'compasso.zone';

/** The zone that the reader chose, and the one that is used; found when they are asked for first. */
let zones: { chosen: string | null; used: string } | undefined;

function found(): NonNullable<typeof zones> {
  if (zones) return zones;
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
    if (chosen !== null) new Intl.DateTimeFormat('en', { timeZone: chosen });
  } catch {
    // Storage may be switched off, or have what no browser knows in it.
    chosen = null;
  }
  zones = { chosen, used: chosen ?? Intl.DateTimeFormat().resolvedOptions().timeZone };
  return zones;
}

/** Returns the time zone that instants are shown in. */
export function ownZone(): string {
  return found().used;
}

/** Returns the zone that the reader chose; `null` for that of the browser. */
export function chosenZone(): string | null {
  return found().chosen;
}

/** Keeps a zone, or that of the browser. What is drawn already stays: the page is to be loaded again. */
export function chooseZone(zone: string | null): void {
  try {
    if (zone === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, zone);
  } catch {
    // Storage may be switched off; the browser's zone stays then.
  }
}
