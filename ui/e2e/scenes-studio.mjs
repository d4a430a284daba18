// What pictures of Studio are taken of: drafts, and what is opened on them.

const REPORT = '/pipelines/nightly-report';
const workflowAt = (id) => `/workflows/${encodeURIComponent(id)}`;
const press = (name) => (page) => page.getByRole('button', { name, exact: true }).first().click();
const inDialog = (page) => page.getByRole('dialog');

/** Opens a draft of what a page is about, and chooses a step. */
async function openDraft(page, step) {
  await page.getByRole('button', { name: 'Open in Studio' }).click();
  await page.locator(`.board [data-step="${step}"] .step-face`).click();
  await page.locator('.drawer').getByText('There is no problem.').waitFor();
}

/** Adds a state that waits: the draft differs then from what is published. */
async function addWait(page) {
  await page.getByRole('button', { name: 'Add a step' }).first().click();
  await inDialog(page).getByRole('button', { name: /^Wait/ }).click();
  await page.locator('.board [data-step="Wait"]').waitFor();
}

/** Opens a draft and a tab of what is below it. */
const atDrawer = (step, tab) => async (page) => {
  await openDraft(page, step);
  await page.getByRole('tab', { name: tab }).click();
};

/** What is done on a page of a state machine or a pipeline: the name of the picture, the address, and what to do there. */
export function studioOf({ machine, named, longPipeline }) {
  const at = workflowAt(machine);
  const draft = (step) => (page) => openDraft(page, step);
  const both = (...acts) => async (page) => {
    for (const act of acts) await act(page);
  };
  return [
    ['studio', at, draft('Reserve')],
    ['studio-test', at, both(atDrawer('Check order', 'Test step'), press('Test Check order'), (page) => page.locator('.drawer').getByText('then Is it large?').waitFor())],
    ['studio-sample', at, atDrawer('Check order', 'Sample input')],
    ['studio-flow', at, both(atDrawer('Check order', 'Data flow'), (page) => page.locator('.flow').waitFor())],
    ['studio-add', at, both(draft('Reserve'), (page) => page.keyboard.press('a'))],
    ['studio-rules', at, draft('Is it large?')],
    ['studio-run', at, both(draft('Reserve'), press('Run draft…'), (page) => inDialog(page).waitFor())],
    // The text stays broken in the draft: it is one that nothing else needs.
    ['studio-broken', workflowAt(named), both(press('Open in Studio'), async (page) => {
      await page.locator('.cm-content').focus();
      await page.keyboard.press('Control+End');
      await page.keyboard.insertText('{');
      await page.getByText('this is the last valid version').waitFor();
      await page.locator('.problem-list li').first().waitFor();
    })],
    ['studio-diff', at, both(draft('Reserve'), addWait, press('Diff…'), (page) => page.locator('.changes [data-mark]').first().waitFor())],
    ['studio-publish', at, both(draft('Reserve'), addWait, press('Publish…'), (page) => page.locator('.changes [data-mark]').first().waitFor())],
    ['studio-revisions', at, both(draft('Reserve'), addWait, press('Revisions…'), async (page) => {
      await inDialog(page).getByRole('list', { name: 'Revisions' }).getByRole('button').last().click();
    })],
    ['studio-action', REPORT, both(draft('publish'), async (page) => {
      await page.keyboard.press('a');
      await inDialog(page).getByRole('textbox').fill('s');
    })],
    ['studio-filled', REPORT, both(draft('publish'), async (page) => {
      await page.keyboard.press('a');
      await inDialog(page).getByRole('button', { name: /^http/ }).first().click();
      await page.locator('.board [data-step="http"]').waitFor();
    })],
    ['studio-pipeline', REPORT, draft('parts')],
    ['studio-pipeline-test', REPORT, atDrawer('parts', 'Test step')],
    ['studio-long', `/pipelines/${longPipeline}`, press('Open in Studio')],
    ['studio-drafts', '/studio', (page) => page.locator('.row .row-link').first().waitFor()],
    ['studio-discard', '/studio', press('Discard…')],
    ['studio-new', '/studio', press('New pipeline…')],
    ['studio-new-machine', '/studio', press('New state machine…')],
  ];
}
