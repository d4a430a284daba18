import { beforeEach, expect, it, vi } from 'vitest';

/** Loads the module as a page does whose reader chose a zone. */
async function inZone(zone: string | null) {
  vi.resetModules();
  vi.stubGlobal('localStorage', { getItem: () => zone, setItem: () => undefined, removeItem: () => undefined });
  return { ...(await import('./zone')), ...(await import('./wall')) };
}

beforeEach(() => void vi.unstubAllGlobals());

it('shows what the clocks of the chosen zone show, and reads it back', async () => {
  const { instantOf, ownZone, wallOf } = await inZone('Asia/Tokyo');
  const at = new Date('2026-11-27T20:15:30Z');
  expect(ownZone()).toBe('Asia/Tokyo');
  expect(wallOf(at)).toEqual({ year: 2026, month: 10, day: 28, hour: 5, minute: 15, second: 30 });
  expect(instantOf({ year: 2026, month: 10, day: 28, hour: 5, minute: 15 }).toISOString()).toBe('2026-11-27T20:15:00.000Z');
});

it('finds the beginning of days on which clocks change', async () => {
  const { instantOf, offsetOf } = await inZone('Europe/Lisbon');
  expect(instantOf({ year: 2027, month: 2, day: 28 }).toISOString()).toBe('2027-03-28T00:00:00.000Z');
  expect(instantOf({ year: 2027, month: 2, day: 29 }).toISOString()).toBe('2027-03-28T23:00:00.000Z');
  expect([offsetOf(new Date('2027-03-28T00:30:00Z')), offsetOf(new Date('2027-03-28T01:30:00Z'))]).toEqual([0, 60]);
});

it('reads a field in the zone of the reader', async () => {
  const { readWall } = await inZone('America/New_York');
  expect(readWall('2026-07-01T09:30')?.toISOString()).toBe('2026-07-01T13:30:00.000Z');
  expect(readWall('')).toBeNull();
});

it('keeps to the browser where nothing, or nothing that is a zone, was chosen', async () => {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const zone of [null, 'Moon/Tranquility']) {
    const { chosenZone, ownZone } = await inZone(zone);
    expect([chosenZone(), ownZone()]).toEqual([null, own]);
  }
});
