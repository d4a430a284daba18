// The console in other languages than English, and in one that only shows what was forgotten.
import assert from 'node:assert/strict';
import { addresses } from './addresses.mjs';
import { Browser } from './browser.mjs';
import { seed } from './seed.mjs';
import { PATIENCE, stage } from './stage.mjs';

/** English made longer, in brackets. */
const PSEUDO = 'en-XA';
/** What the console says, as against what people have called their things. */
const OWN_WORDS = '[role=columnheader], [role=tab], dt, legend, nav.pages a .label, nav.pages h2, .actions > button, .filters label, .block > h2, .options label';
/** Names and words of the server stand as they are. */
const SAME = /^(Compasso|[\d\s:./–-]*)$/;

let server;
let browser;
let page;
let seeded;

const speak = (language) => page.evaluate((chosen) => localStorage.setItem('compasso.language', chosen), language);
const show = async ([address, there]) => {
  await page.goto(server.url + address);
  await page.locator(there).first().waitFor(PATIENCE);
};

const journey = stage((it) => ({ server, browser, page, filled: seeded } = it), { fill: seed, timeout: 180_000 });

journey('a reader chooses another language, and finds it again', async () => {
  await show(['/settings', '.options']);
  await page.getByLabel('Language').selectOption('Español');
  await page.getByRole('heading', { name: 'Ajustes' }).waitFor(PATIENCE);
  assert.equal(await page.locator('html').getAttribute('lang'), 'es');
  await show(['/runs?status=FAILED', '.row-link']);
  await page.getByRole('heading', { name: 'Ejecuciones' }).waitFor(PATIENCE);
  assert.match(await page.locator('.table-body .row').first().innerText(), /Fallido/);
  await show(['/settings', '.options']);
  await page.getByLabel('Idioma').selectOption('简体中文');
  await page.getByRole('heading', { name: '设置' }).waitFor(PATIENCE);
});

journey('a browser that asks for Portuguese gets it', async () => {
  const other = await Browser.launch({ locale: 'pt-BR' });
  try {
    const portuguese = await other.open(`${server.url}/settings`);
    await portuguese.getByRole('heading', { name: 'Configurações' }).waitFor(PATIENCE);
    assert.equal(await portuguese.locator('html').getAttribute('lang'), 'pt-BR');
    other.check();
  } finally {
    await other.close();
  }
});

journey('every text comes from the catalogues, and has room where it is longer', async () => {
  await speak(PSEUDO);
  for (const address of addresses(seeded)) {
    await show(address);
    const { plain, cut } = await page.evaluate((selector) => {
      const seen = [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
      const name = (element) => element.innerText.trim();
      return {
        plain: seen.map(name).filter((text) => !text.includes('[')),
        cut: seen.filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1).map(name),
      };
    }, OWN_WORDS);
    assert.deepEqual(plain.filter((text) => !SAME.test(text)), [], address[0]);
    assert.deepEqual(cut, [], `${address[0]}: cut off`);
    assert.equal(await page.evaluate(() => document.body.innerText.match(/\b(?:common|frame|run|runs)\.\w+/)), null, address[0]);
  }
});

journey('what the server says is told in the language of the reader', async () => {
  await speak('pt');
  await show([`/runs/${encodeURIComponent(seeded.blocked)}`, '[data-step="fit"]']);
  const waits = page.locator('.inspector .stale');
  await waits.getByText('um worker').waitFor(PATIENCE);
  await waits.getByText('nenhum worker tem as etiquetas gpu').waitFor(PATIENCE);
  await speak('zh');
  const compared = `?tab=data&with=${encodeURIComponent(`${seeded.blocked}-not`)}`;
  await show([`/runs/${encodeURIComponent(seeded.blocked)}${compared}`, '.problem']);
  await page.getByText('该运行不存在。').waitFor(PATIENCE);
  await page.getByText('Execution Does Not Exist', { exact: false }).waitFor(PATIENCE);
  // The browser itself notes the answer 404.
  browser.check(/404/);
});

for (const language of ['pt', 'es', 'zh', PSEUDO]) {
  journey(`no page is too wide for a phone in ${language}`, async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await speak(language);
    for (const address of addresses(seeded)) {
      await show(address);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${address[0]} is ${overflow} pixels too wide`);
    }
  });
}
