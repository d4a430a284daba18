// Takes pictures of every page in both themes, into the directory named first; `npm run pictures`. Those that are named
// second, as a regular expression, are all that is taken.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { addresses } from './addresses.mjs';
import { Browser } from './browser.mjs';
import { askByLink, Messages } from './messages.mjs';
import { changesOf, dialogsOf, EMPTY, pagesOf } from './scenes.mjs';
import { seed, seedMore } from './seed.mjs';
import { Server } from './server.mjs';
import { THEMES } from './stage.mjs';

const directory = process.argv[2] ?? 'pictures';
const wanted = new RegExp(process.argv[3] ?? '');
const DESK = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 740 };
const PATIENCE_MS = 10_000;
const LANGUAGES = ['pt', 'es', 'zh', 'en-XA'];

mkdirSync(directory, { recursive: true });
const server = await new Server().start();
const browser = await Browser.launch();
const page = await browser.open(server.url);
page.setDefaultTimeout(PATIENCE_MS);
try {
  await take();
} finally {
  await browser.close();
  await server.remove();
}

async function take() {
  await each('first-start', () => page.getByRole('heading', { name: 'There is no workflow yet' }).waitFor());
  for (const [name, address, ready] of EMPTY) await each(name, () => show(address, ready));
  const seeded = await seed(server);
  Object.assign(seeded, await seedMore(server));
  for (const [name, address, ready] of pagesOf(seeded)) await each(name, () => show(address, ready));
  for (const [name, address, act] of dialogsOf(seeded)) await each(name, () => show(address, 'h1').then(() => act(page)));
  const pages = addresses(seeded).map(([address, ready]) => [nameOf(address), address, ready]);
  await perceived(seeded);
  for (const language of LANGUAGES) {
    await page.evaluate((chosen) => localStorage.setItem('compasso.language', chosen), language);
    for (const [name, address, ready] of pages) await each(`${language}${name}`, () => show(address, ready));
    await page.setViewportSize(PHONE);
    for (const [name, address, ready] of pages) await each(`narrow-${language}${name}`, () => show(address, ready));
    await page.setViewportSize(DESK);
  }
  await page.evaluate(() => localStorage.removeItem('compasso.language'));
  await page.setViewportSize(PHONE);
  for (const [name, address, ready] of pages) await each(`narrow${name}`, () => show(address, ready));
  for (const [name, address, act] of dialogsOf(seeded)) await each(`narrow-${name}`, () => show(address, 'h1').then(() => act(page)));
  await linked();
  await page.setViewportSize(DESK);
  await linked();
  for (const [name, address, act] of changesOf(seeded)) await each(name, () => show(address, 'h1').then(() => act(page)), true);
}

/** The pages with the most colours, for readers who see fewer, and for those who force their own. */
async function perceived({ run }) {
  const colours = [
    ['overview', '/overview', '.attention'],
    ['run', `/runs/${encodeURIComponent(run)}`, '[data-status="failed"]'],
    ['grid', '/pipelines/nightly-report', '.cell'],
  ];
  for (const deficiency of ['deuteranopia', 'achromatopsia']) {
    const client = await page.context().newCDPSession(page);
    await client.send('Emulation.setEmulatedVisionDeficiency', { type: deficiency });
    for (const [name, address, ready] of colours) await each(`${deficiency}-${name}`, () => show(address, ready));
    await client.send('Emulation.setEmulatedVisionDeficiency', { type: 'none' });
    await client.detach();
  }
  await page.emulateMedia({ forcedColors: 'active' });
  for (const [name, address, ready] of colours) await each(`forced-${name}`, () => show(address, ready));
  await page.emulateMedia({ forcedColors: 'none' });
}

/** The page of a link that decides an approval, before and after. */
async function linked() {
  const messages = await new Messages().listen();
  await server.push(askByLink(messages, 'release-by-link', "{by: [user:ana], message: \"Ship the spring catalogue?\\nIt has the new prices.\"}"));
  const { width } = page.viewportSize();
  const name = width === PHONE.width ? 'narrow-approval-link' : 'approval-link';
  await server.startPipeline('release-by-link', name);
  const { yes } = await messages.at('/release-by-link');
  messages.close();
  await each(name, () => page.goto(yes));
  await each(`${name}-done`, async () => {
    await page.goto(yes);
    await page.getByRole('button').click();
    await page.getByRole('heading', { name: 'ask is approved' }).waitFor();
  });
}

async function show(address, ready) {
  await page.goto(server.url + address);
  await page.locator(ready).first().waitFor();
}

function nameOf(address) {
  return address.replace(/arn.*%3A/, '').replace(/\W+/g, '-');
}

/** Takes a picture of what `prepare` brings about; that is done in any case if others need it. */
async function each(name, prepare, always = false) {
  if (!always && !wanted.test(name)) return;
  try {
    await prepare();
  } catch (error) {
    // The others are taken all the same.
    console.error(`${name}: ${error.message.split('\n').slice(0, 3).join(' ')}`);
    process.exitCode = 1;
  }
  await page.evaluate(() => document.fonts.ready);
  for (const theme of THEMES) {
    await page.evaluate((chosen) => (document.documentElement.dataset.theme = chosen), theme);
    // The page of a link has the theme of the browser.
    await page.emulateMedia({ colorScheme: theme });
    if (wanted.test(name)) await page.screenshot({ path: join(directory, `${name}-${theme}.png`) });
  }
}
