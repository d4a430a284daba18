// What tasks wait for, from the outside: the real program and a real browser.
import { inBothThemes, PATIENCE, stage } from './stage.mjs';

let server;
let browser;
let page;
let run;

const HOLDER = 'pipeline: holder\ntasks:\n  hold:\n    pool: db\n    run: sleep 600\n';
const dialog = () => page.getByRole('dialog');

async function fill(it) {
  await it.rest('PUT', '/pools/db', { size: 1 });
  await it.push(HOLDER);
  return it.startPipeline('holder', 'holds');
}

const journey = stage((it) => ({ server, browser, page, filled: run } = it), { fill });

journey('a pool that tasks hold slots of stays, and says so; once it is free it can be deleted', async () => {
  await page.goto(`${server.url}/workers`);
  const pools = page.getByRole('region', { name: 'Pools' });
  await pools.getByText('1/1').waitFor(PATIENCE);
  await page.getByRole('region', { name: 'How long tasks waited, last 24 hours' }).getByRole('img', { name: /lately half took/ }).waitFor(PATIENCE);
  await page.getByRole('button', { name: 'Delete db…' }).click();
  await inBothThemes(page);
  await dialog().getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog().getByText("the pool 'db' is used (slots held: 1)").waitFor(PATIENCE);
  // The browser itself notes the answer 409.
  browser.check(/409/);
  await page.keyboard.press('Escape');
  await server.rest('POST', `/runs/${encodeURIComponent(run)}/stop`, {});
  await pools.getByText('0/1').waitFor(PATIENCE);
  await page.getByRole('button', { name: 'Delete db…' }).click();
  await dialog().getByRole('button', { name: 'Delete', exact: true }).click();
  await pools.getByText('A pool bounds how many tasks').waitFor(PATIENCE);
});
