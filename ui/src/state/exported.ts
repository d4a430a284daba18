import type { RunItem } from '../api/types';

/** In which forms runs are written for other programs. */
export const EXPORT_FORMATS = ['jsonl', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const CSV_HEAD = ['id', 'workflow', 'name', 'status', 'started', 'stopped', 'duration_ms', 'redrives'];
/** Signs with which a table program would begin a formula. */
const FORMULA = /^[=+@]/;

/** Writes runs as the server does those that a query finds. */
export function written(runs: readonly RunItem[], format: ExportFormat): string {
  if (format === 'jsonl') return runs.map((run) => `${JSON.stringify(run)}\n`).join('');
  return [CSV_HEAD, ...runs.map(cellsOf)].map((cells) => `${cells.map(quoted).join(',')}\n`).join('');
}

function cellsOf({ id, workflowName, name, status, started, stopped, redriveCount }: RunItem): string[] {
  const took = stopped === undefined ? '' : String(Date.parse(stopped) - Date.parse(started));
  return [id, workflowName, name, status, started, stopped ?? '', took, String(redriveCount)];
}

/** Writes a cell so that it stays one, and stays a text. */
function quoted(cell: string): string {
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
