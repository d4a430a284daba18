/** What a run is found by, beside its input. */
export type Labels = Record<string, string>;

const LABEL = /^([\w.-]+)\s*=\s*(.*)$/;

const linesOf = (text: string) => text.split('\n').map((line) => line.trim()).filter((line) => line !== '');

/** Reads labels, `NAME=VALUE` in each line; `null` if there are none. */
export function labelsIn(text: string): Labels | null {
  const found = linesOf(text).flatMap((line) => {
    const [, name, value] = LABEL.exec(line) ?? [];
    return name === undefined ? [] : [[name, value!] as const];
  });
  return found.length === 0 ? null : Object.fromEntries(found);
}

/** Returns the first line that is no label. */
export function noLabelIn(text: string): string | undefined {
  return linesOf(text).find((line) => !LABEL.test(line));
}

export function labelsText(labels: Labels = {}): string {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`).join('\n');
}
