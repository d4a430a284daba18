import { afterEach, describe, expect, it } from 'vitest';
import { load, speak } from '../i18n/text';
import { scheduleWords, zoneOf } from './scheduleWords';

const cron = (text: string) => scheduleWords({ cron: text });

async function inLanguage(language: string) {
  await speak(language);
  await load('when');
}

afterEach(() => inLanguage('en'));

describe('a schedule in plain words', () => {
  it('is told like the server tells it', async () => {
    await inLanguage('en');
    for (const [text, words] of [
      ['30 2 * * *', 'at 02:30 every day'],
      ['0 9,18 * * MON-FRI', 'at 09:00 and 18:00 on Monday to Friday'],
      ['*/15 * * * *', 'every 15 minutes'],
      ['5 * * * *', 'at minute 5 of every hour'],
      ['0 0 L * *', 'at 00:00 on the last day of the month'],
      ['0 6 1 1,7 *', 'at 06:00 on day 1 of the month in January and July'],
      ['*/10 8-17 * * *', 'every 10 minutes, hours 8 to 17'],
      ['15 0 0 * * *', 'at 00:00:15 every day'],
      ['@daily', 'at 00:00 every day'],
      ['@every 90s', 'every 90 seconds'],
      ['0 */2 * * *', 'every 2 hours'],
      ['TZ=Europe/Lisbon 0 3 * * *', 'at 03:00 every day (Europe/Lisbon)'],
      ['0 12 * * 7', 'at 12:00 on Sunday'],
      ['0 12 * * THU', 'at 12:00 on Thursday'],
    ] as const) {
      expect(cron(text), text).toBe(words);
    }
    expect(scheduleWords({ every: '1h' })).toBe('every hour');
    expect(scheduleWords({ every: 'PT2H' })).toBe('every 2 hours');
    expect(scheduleWords({ every: '1500ms' })).toBe('every 1500ms');
    expect(scheduleWords({ at: ['2026-01-01', '2026-02-01'], timezone: 'Europe/Lisbon' })).toBe('at 2026-01-01 and 2026-02-01 (Europe/Lisbon)');
  });

  it('is a dash where a server says nothing of it', async () => {
    await inLanguage('en');
    for (const spec of [undefined, null, {}, { unknown: 1 }]) {
      expect(scheduleWords(spec)).toBe('–');
      expect(zoneOf(spec)).toBe('UTC');
    }
    expect(scheduleWords({ at: [] })).toBe('never');
  });

  it('stays a cron where there are no words for it', async () => {
    await inLanguage('en');
    for (const text of ['0 9 13 * 5', '0 9 * * 5#2', 'H 2 * * *', '0 0 15W * *', '0 9 * * 5L', '1-59/7 */3 * * *', 'soon']) {
      expect(cron(text)).toBe(`cron ${text}`);
    }
  });

  it('is told in each language', async () => {
    const told: Record<string, string> = {};
    for (const language of ['pt', 'es', 'zh']) {
      await inLanguage(language);
      told[language] = [cron('0 9 * * MON-FRI'), scheduleWords({ every: '2d' })].join(' | ');
    }
    expect(told).toEqual({
      pt: 'às 09:00, segunda-feira a sexta-feira | a cada 2 dias',
      es: 'a las 09:00, lunes a viernes | cada 2 días',
      zh: '星期一至星期五 09:00 | 每 2 天',
    });
  });
});
