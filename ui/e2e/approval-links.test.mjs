// The page of a link that decides an approval: no script, no key, one button. A browser that keeps to what the page forbids itself
// must still be able to press it.
import assert from 'node:assert/strict';
import { after, afterEach } from 'node:test';
import { askByLink, Messages } from './messages.mjs';
import { PATIENCE, stage } from './stage.mjs';

let server;
let browser;
let page;
let messages;

const PLAIN = "{by: [user:ana], message: 'Ship <b>orders 4.2</b> to production?'}";

async function fill(server) {
  messages = await new Messages().listen();
  const push = (name, approve) => server.push(askByLink(messages, name, approve));
  await push('plain', PLAIN);
  await push('refused', PLAIN);
  await push('form', '{by: [user:ana], form: {percent: {type: integer, required: true}}}');
}

const test = stage((it) => ({ server, browser } = it), { fill, allowed: /status of 410/ });
afterEach(() => page?.close());
after(() => messages?.close());

/** Starts a run that asks, and returns it with the links that were sent. */
async function asked(name) {
  const run = await server.startPipeline(name, name);
  return { run, ...(await messages.at(`/${name}`)) };
}

const heading = (name) => page.getByRole('heading', { name, exact: true }).waitFor(PATIENCE);
const press = (name) => page.getByRole('button', { name, exact: true }).click();

test('its button decides, and the page then says what was decided', async () => {
  const { run, yes } = await asked('plain');
  page = await browser.open(yes);
  await heading('Approve ask?');
  await page.getByText('Ship <b>orders 4.2</b> to production?', { exact: true }).waitFor(PATIENCE);
  await page.getByText(/^\d{1,2} [A-Z][a-z]{2} \d{4}, \d{2}:\d{2} UTC \(now\)$/).waitFor(PATIENCE);
  assert.equal((await server.rest('GET', '/approvals?run=plain')).items[0].decisions.length, 0, 'to look decides nothing');
  await press('Approve');
  await heading('ask is approved');
  await server.until(run, 'SUCCEEDED');
  await page.goto(yes);
  await heading('ask is approved');
  assert.equal(await page.getByRole('button').count(), 0);
});

test('the other link rejects', async () => {
  const { run, no } = await asked('refused');
  page = await browser.open(no);
  await heading('Reject ask?');
  await press('Reject');
  await heading('ask is rejected');
  await server.until(run, 'FAILED');
});

test('what a link cannot answer is answered in the console, to which its page leads', async () => {
  const { yes } = await asked('form');
  page = await browser.open(yes);
  assert.equal(await page.getByRole('button').count(), 0);
  await page.getByRole('link', { name: 'Answer in the console' }).click();
  // The console runs: what the page forbade itself does not hold there.
  await page.getByLabel('percent').waitFor(PATIENCE);
});
