import { Fragment, type ReactNode } from 'react';
import type { Key } from './catalogue';
import { pieces } from './text';

/** Returns a text of the catalogue with elements in its places, such as a link in the middle of a sentence. */
export function rich(key: Key, values: Readonly<Record<string, ReactNode>>): ReactNode {
  return pieces<ReactNode>(key, values as Record<string, string | number>).map((piece, at) => <Fragment key={at}>{piece}</Fragment>);
}
