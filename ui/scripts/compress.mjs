// Leaves text of the built console in compressed form only: the program holds it so, and most
// browsers take it so. Scripts are most of it; they are compressed as far as can be, which takes seconds.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { gzipAsync } from '@gfx/zopfli';

const dist = new URL('../dist/', import.meta.url).pathname;
/** What was compressed before; the name of a script has a digest of it. */
const kept = new URL('../node_modules/.cache/compressed/', import.meta.url).pathname;
mkdirSync(kept, { recursive: true });

async function compressed(name, bytes) {
  if (!name.endsWith('.js')) return gzipSync(bytes, { level: 9 });
  const known = join(kept, `${name}.gz`);
  if (existsSync(known)) return readFileSync(known);
  const packed = await gzipAsync(bytes, { numiterations: 1 });
  writeFileSync(known, packed);
  return packed;
}

const filesIn = (directory) => readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

const names = new Set();
for (const { parentPath, name } of filesIn(dist)) {
  const path = join(parentPath, name);
  if (!/\.(js|css|svg)$/.test(name)) continue;
  names.add(`${name}.gz`);
  writeFileSync(`${path}.gz`, await compressed(name, readFileSync(path)));
  rmSync(path);
}
for (const { name } of filesIn(kept)) if (!names.has(name)) rmSync(join(kept, name));
const bytes = filesIn(dist).reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).length, 0);
console.log(`the console takes ${(bytes / 1024).toFixed(0)} KiB`);
