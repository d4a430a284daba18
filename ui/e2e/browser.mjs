// A browser for the tests: Debian's Chromium with a new and empty profile.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Why there is no browser, if there is none. Continuous integration must have one. */
export const missing = existsSync(EXECUTABLE) ? false : `${EXECUTABLE} is missing; scripts/console test installs it`;
if (missing && process.env.CI) throw new Error(missing);

export class Browser {
  /** What pages complained of. */
  complaints = [];

  static async launch(options = {}) {
    const browser = new Browser();
    browser.directory = mkdtempSync(join(tmpdir(), 'compasso-browser-'));
    browser.context = await chromium.launchPersistentContext(browser.directory, {
      executablePath: EXECUTABLE,
      headless: true,
      args: FLAGS,
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      ...options,
    });
    return browser;
  }

  /** Opens a page that notes every error, and every breach of the content security policy. */
  async open(url) {
    const page = await this.context.newPage();
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  /** Demands that no page has complained. */
  check(allowed = /^$/) {
    const told = this.complaints;
    this.complaints = [];
    assert.deepEqual(told.filter((text) => !allowed.test(text)), []);
  }

  async close() {
    await this.context.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Demands that a page can be used with assistive technology, as far as a program can tell. */
export async function checkAccess(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  const told = violations.map(({ id, nodes }) => `${id} ×${nodes.length}: ${nodes[0].html.slice(0, 160)}`);
  assert.deepEqual(told, []);
}
