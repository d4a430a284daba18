import type { PipelineProblem } from '../api/schema';
import type { Place } from './writing';

/** A problem, found in the text. */
export interface FoundProblem extends PipelineProblem {
  from: number;
  to: number;
  /** The innermost step around it. */
  step: string | null;
  /** The name that was probably meant. */
  meant: string | null;
}

/** A word, a number or a quoted text. */
const TOKEN = /^(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|[\w.$/-]+|\S)/;

/** Finds problems in the text that the server was shown. */
export function locate(text: string, problems: readonly PipelineProblem[], places: readonly Place[]): FoundProblem[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return problems.map((problem) => {
    const start = starts[Math.min(problem.line, starts.length) - 1] ?? 0;
    const from = offset(text, start, problem.column);
    const to = from + (TOKEN.exec(text.slice(from, from + 400))?.[0].length ?? 0);
    return { ...problem, from, to, step: stepAt(places, from), meant: meant(problem.suggestion) };
  });
}

/** Columns count characters, places in texts their halves. */
function offset(text: string, start: number, column: number): number {
  let at = start;
  for (let n = 1; n < column && at < text.length && text[at] !== '\n'; n++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}

/** Returns the innermost step that a place stands in. */
export function stepAt(places: readonly Place[], at: number): string | null {
  const around = places.filter(({ from, to }) => from <= at && at <= to);
  return around.toSorted((one, other) => one.to - one.from - (other.to - other.from))[0]?.id ?? null;
}

function meant(suggestion: string | undefined): string | null {
  return /did you mean '([^']+)'/.exec(suggestion ?? '')?.[1] ?? null;
}

/** Returns the text with what was probably meant in the place of the problem. */
export function fixed(text: string, { from, to, meant }: FoundProblem): string {
  if (meant === null) return text;
  const quote = text[from] === '"' || text[from] === "'" ? text[from] : '';
  return text.slice(0, from) + quote + meant + quote + text.slice(to);
}
