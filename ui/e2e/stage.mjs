// What the tests of a file stand on: a server, perhaps filled, a browser, and a page of the console.
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Browser, checkAccess, missing } from './browser.mjs';
import { Server } from './server.mjs';

/** A page says so much sooner what it has to say, but the machine may be busy. */
export const PATIENCE = { timeout: 30_000 };
const DESK = { width: 1440, height: 900 };

/**
 * Sets the stage for the tests of a file, and returns how to write one. The server has these `settings`; `ready` is
 * given it, the browser, the page, and what `fill` made. Each test begins on a desk, with nothing remembered; none may make a page complain, but of
 * what is `allowed`.
 */
export function stage(ready, { settings, fill = () => undefined, allowed, timeout = 120_000 } = {}) {
  let server;
  let browser;
  let page;
  before(async () => {
    if (missing) return;
    server = await new Server(settings).start();
    const filled = await fill(server);
    browser = await Browser.launch();
    page = await browser.open(server.url);
    ready({ server, browser, page, filled });
  });
  beforeEach(async () => {
    if (missing) return;
    await page.setViewportSize(DESK);
    await page.evaluate(() => localStorage.clear());
  });
  afterEach(() => browser?.check(allowed));
  after(async () => {
    await browser?.close();
    await server?.remove();
  });
  return (name, act) => test(name, { skip: missing, timeout }, act);
}

export const THEMES = ['light', 'dark'];

/** Shows a page in a theme, and those that are loaded from now on. */
export function showTheme(page, theme) {
  return page.evaluate((chosen) => {
    document.documentElement.dataset.theme = chosen;
    localStorage.setItem('compasso.theme', chosen);
  }, theme);
}

/** Does something in each theme, and demands that the page can be used then. */
export async function inBothThemes(page, act = () => undefined) {
  for (const theme of THEMES) {
    await showTheme(page, theme);
    await act();
    await checkAccess(page);
  }
}

/** Waits until what was copied is as a pattern says. */
export function untilCopied(page, pattern) {
  const look = async (source) => {
    const wanted = new RegExp(source);
    while (!wanted.test(await navigator.clipboard.readText())) await new Promise(requestAnimationFrame);
  };
  return page.evaluate(look, pattern);
}
