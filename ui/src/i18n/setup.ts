import type { Area } from './catalogue';
import { load, speak } from './text';

// Tests read English, all of it.
await speak('en');
await load(...Object.keys(import.meta.glob('./en/*.json')).map((path) => path.slice(5, -5) as Area));
