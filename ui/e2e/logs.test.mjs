// The log of a run: all of it, however long it is, and where something stands in it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inBothThemes, PATIENCE, stage, untilCopied } from './stage.mjs';

/** More lines than are read at once, or kept. */
const LINES = 30_000;
const ROWS_MAX = 80;

const TALK = `
pipeline: talk
tasks:
  many: {run: seq ${LINES}}
  coloured:
    needs: many
    run: |
      printf 'plain \\033[31mred\\033[0m \\033[1;32mgreen\\033[0m\\n'
      echo '{"order": 4711, "lines": [1, 2]}'
      echo 'wrong' >&2
`;

let server;
let page;
let talk;
const test = stage((ready) => ({ server, page, filled: talk } = ready), { fill });

async function fill(server) {
  await server.push(TALK);
  const talk = await server.startPipeline('talk', 'talk-run');
  await server.until(talk, 'SUCCEEDED');
  return talk;
}

const open = (search = '', run = talk) => page.goto(`${server.url}/runs/${encodeURIComponent(run)}?tab=logs${search}`);
const lines = () => page.getByRole('log', { name: 'Lines' });
const line = (number) => lines().locator('.log-line').filter({ has: page.getByRole('button', { name: String(number), exact: true }) });
const button = (name) => page.getByRole('button', { name, exact: true });

test('a long log opens at its end, and all of it is reached', async () => {
  await open();
  await line(LINES + 3).waitFor(PATIENCE);
  await page.getByText(`${(LINES + 3).toLocaleString('en')} lines`, { exact: true }).waitFor(PATIENCE);
  await lines().focus();
  await page.keyboard.press('Home');
  await line(1).waitFor(PATIENCE);
  assert.ok((await lines().locator('.log-line').count()) <= ROWS_MAX);
  await button('Jump to end').click();
  await line(LINES + 3).waitFor(PATIENCE);
});

test('a text is found in its surroundings, from one line to the next', async () => {
  await open();
  await line(LINES).waitFor(PATIENCE);
  await page.keyboard.press('Control+f');
  await page.keyboard.type('2345');
  await page.keyboard.press('Enter');
  await page.getByText('1 of 13', { exact: true }).waitFor(PATIENCE);
  await lines().locator('.current mark').getByText('2345').waitFor(PATIENCE);
  await line(2344).waitFor(PATIENCE);
  await page.keyboard.press('Enter');
  await line(12_345).and(page.locator('.current')).waitFor(PATIENCE);
  await line(12_346).waitFor(PATIENCE);
  await button('Previous line with it').click();
  await page.getByText('1 of 13', { exact: true }).waitFor(PATIENCE);
  await button('Previous line with it').click();
  await page.getByText('13 of 13', { exact: true }).waitFor(PATIENCE);
  await page.reload();
  await line(2345).waitFor(PATIENCE);
  await page.getByLabel('Search').fill('nowhere');
  await page.keyboard.press('Enter');
  await page.getByText('No line has “nowhere” in it').waitFor(PATIENCE);
});

test('lines are selected, stand in the address, and are copied', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open('#L120');
  await line(120).and(page.locator('.chosen')).waitFor(PATIENCE);
  await line(123).getByRole('button').click({ modifiers: ['Shift'] });
  await page.waitForURL(/#L120-123$/, PATIENCE);
  await button('Copy lines').click();
  await untilCopied(page, '^120\n121\n122\n123$');
  await button('Copy with times').click();
  await untilCopied(page, '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z 120\n');
  await open('#L7-8');
  await line(7).and(page.locator('.chosen')).waitFor(PATIENCE);
  await page.goBack();
  await line(121).and(page.locator('.chosen')).waitFor(PATIENCE);
  await lines().focus();
  await page.keyboard.press('Shift+ArrowDown');
  await page.waitForURL(/#L120-124$/, PATIENCE);
});

test('colours are shown, lines of JSON open, errors stand by themselves', async () => {
  await open('&step=coloured');
  await lines().locator('.ansi-red').getByText('red', { exact: true }).waitFor(PATIENCE);
  await lines().locator('.ansi-green.ansi-bold').getByText('green', { exact: true }).waitFor(PATIENCE);
  await lines().getByRole('button', { name: 'Lay out the JSON' }).click();
  const data = lines().locator('.log-line').filter({ hasText: '4711' });
  await data.getByText('"order": 4711,\n').waitFor(PATIENCE);
  assert.ok((await data.boundingBox()).height > 40);
  await inBothThemes(page);
  await lines().getByRole('button', { name: 'Fold the JSON' }).click();
  await page.getByLabel('Lines').and(page.locator('select')).selectOption({ label: 'Errors' });
  await page.getByText('1 line', { exact: true }).waitFor(PATIENCE);
  await lines().getByText('wrong').waitFor(PATIENCE);
});

test('long lines are wrapped, and the same line stays in sight', async () => {
  await open('#L15000');
  await line(15_000).waitFor(PATIENCE);
  await page.keyboard.press('w');
  await lines().and(page.locator('.wrapped')).waitFor(PATIENCE);
  await line(15_000).waitFor(PATIENCE);
});

test('whoever looks further up is told what comes, and what comes moves nothing away', async () => {
  const gate = join(server.directory, 'more');
  await server.push(`
pipeline: growing
tasks: {grow: {run: 'seq 500; until [ -f ${gate} ]; do sleep 0.05; done; seq 501 700'}}
`);
  const run = await server.startPipeline('growing', 'growing-run');
  await open('', run);
  await line(500).waitFor(PATIENCE);
  await lines().hover();
  await page.mouse.wheel(0, -2_000);
  await button('Jump to end').waitFor(PATIENCE);
  const top = () => lines().evaluate(({ scrollTop }) => scrollTop);
  const before = await top();
  writeFileSync(gate, '');
  await button('Jump to end (200 new)').waitFor(PATIENCE);
  assert.equal(await top(), before);
  await button('Jump to end (200 new)').click();
  await line(700).waitFor(PATIENCE);
});
