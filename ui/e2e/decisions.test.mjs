// A decision that is refused after its page was left is told on the next one; the real program and a browser.
import { PATIENCE, stage } from './stage.mjs';

async function fill(server) {
  await server.push('pipeline: gated\ntasks: {gate: {approve: {message: "Release?"}}}\n');
  return server.startPipeline('gated', 'one');
}

let server;
let page;
let run;
const journey = stage((it) => ({ server, page, filled: run } = it), { fill, allowed: /status of 4\d\d/ });

journey('who left the page before an answer was refused is told where they are', async () => {
  await page.goto(`${server.url}/approvals`);
  await page.getByRole('button', { name: /^Approve/ }).click(PATIENCE);
  await page.getByText('Sent in').waitFor(PATIENCE);
  await server.rest('POST', `/runs/${encodeURIComponent(run)}/stop`, {});
  await page.getByRole('link', { name: 'Runs' }).first().click();
  const told = page.getByRole('alert').filter({ hasText: 'Your answer to “gate” was refused' });
  await told.waitFor(PATIENCE);
  await told.getByRole('button', { name: 'Close' }).click();
  await told.waitFor({ state: 'detached', ...PATIENCE });
});
