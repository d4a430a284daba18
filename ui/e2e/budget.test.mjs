// How much a browser loads: kilobytes of compressed scripts, of what was built.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';

const DIST = new URL('../dist/', import.meta.url).pathname;
const ASSETS = join(DIST, 'assets');
const KB = 1_000;
/** Texts of a language that the reader did not choose. */
const OTHER_LANGUAGE = /\.(?!en)[a-z]{2}-[\w-]{8}\.js\.gz$/;

/** Texts that every page shows, and the file of those of the page of a run. */
const EVERYWHERE = ['common', 'frame', 'status', 'units'];
const OF_RUNS = ['run'];

const BUDGETS = [
  { what: 'the shell', most: 120, of: () => [...reachable(entry()), ...texts(EVERYWHERE)] },
  {
    what: 'the page of a run',
    most: 150,
    of: () => [...reachable(entry(), chunk('Run'), chunk('Canvas')), ...texts([...EVERYWHERE, ...OF_RUNS])],
  },
  { what: 'everything in one language', most: 460, of: () => scripts().filter((file) => !OTHER_LANGUAGE.test(file)) },
];

const scripts = () => readdirSync(ASSETS).filter((file) => file.endsWith('.js.gz'));
const named = (file) => join(ASSETS, file);
const chunks = (name) => scripts().filter((file) => new RegExp(`^${name}-[\\w-]{8}\\.js\\.gz$`).test(file));
const chunk = (name) => chunks(name)[0];
const sizeOf = (file) => readFileSync(named(file)).length;
const bytesOf = (files) => [...new Set(files)].reduce((sum, file) => sum + sizeOf(file), 0);
/** Texts in the language in which they take most. */
const texts = (areas) => areas.map((area) => chunks(`${area}\\.[a-z]{2}`).toSorted((a, b) => sizeOf(b) - sizeOf(a))[0]);
const entry = () => `${/src="\/assets\/([^"]+\.js)"/.exec(readFileSync(join(DIST, 'index.html'), 'utf8'))[1]}.gz`;

/** The chunks that some need before they run: what they import, and what those import. */
function reachable(...from) {
  const found = new Set();
  const visit = (file) => {
    if (found.has(file)) return;
    found.add(file);
    const text = gunzipSync(readFileSync(named(file))).toString();
    // `import('…')` is loaded when it is wanted.
    for (const [, imported] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) visit(`${imported}.gz`);
  };
  from.forEach(visit);
  return found;
}

for (const { what, most, of } of BUDGETS) {
  test(`${what} takes no more than ${most} kB`, { skip: !existsSync(ASSETS) && 'the console was not built' }, () => {
    const bytes = bytesOf(of());
    console.log(`${what}: ${(bytes / KB).toFixed(1)} kB`);
    assert.ok(bytes <= most * KB, `${what} takes ${bytes} bytes`);
  });
}

test('the program grows by no more than a megabyte', { skip: !existsSync(ASSETS) && 'the console was not built' }, () => {
  const files = readdirSync(DIST, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).length, 0);
  console.log(`all files: ${(bytes / KB).toFixed(1)} kB`);
  assert.ok(bytes <= 1_000 * KB, `the files of the console take ${bytes} bytes`);
});
