import type { RunItem } from '../api/types';
import { attributeOf } from './runColumns';
import { versionOf } from './runVersion';

/** In which forms runs are written for other programs. */
export const EXPORT_FORMATS = ['jsonl', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const CSV_HEAD = ['id', 'workflow', 'name', 'status', 'started', 'stopped', 'duration_ms', 'redrives', 'version'];
/** Signs with which a table program would begin a formula. */
const FORMULA = /^[=+@]/;

/** Writes runs as the server does those that a query finds, with columns of what they are searched by. */
export function written(runs: readonly RunItem[], format: ExportFormat, columns: readonly string[] = []): string {
  if (format === 'jsonl') return runs.map((run) => `${JSON.stringify(run)}\n`).join('');
  const rows = runs.map((run) => [...cellsOf(run), ...columns.map((name) => attributeOf(run, name))]);
  return [[...CSV_HEAD, ...columns], ...rows].map((cells) => `${cells.map(quoted).join(',')}\n`).join('');
}

function cellsOf(run: RunItem): string[] {
  const { id, workflowName, name, status, started, stopped, redriveCount } = run;
  const took = stopped === undefined ? '' : String(Date.parse(stopped) - Date.parse(started));
  return [id, workflowName, name, status, started, stopped ?? '', took, String(redriveCount), versionOf(run)];
}

/** Writes a cell so that it stays one, and stays a text. */
function quoted(cell: string): string {
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
