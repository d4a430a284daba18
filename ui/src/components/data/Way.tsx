import { Link } from '@tanstack/react-router';
import { jsonata, jsonPath, type Roots } from '../../data/jsonPaths';
import { type JsonRow, stepsTo } from '../../data/jsonRows';
import { t } from '../../i18n/text';
import { isRun } from '../../state/arn';
import { CopyButton } from '../CopyButton';
import { isMasked } from '../../data/masked';

interface Props {
  text: string;
  rows: readonly JsonRow[];
  at: number;
  roots: Roots;
}

/** The way to a value, to be copied in each language; and where it leads, if it names a run. */
export function Way({ text, rows, at, roots }: Props) {
  const steps = stepsTo(rows, at);
  const { from, to } = rows[at]!;
  const value = text.slice(from, to);
  const byJsonata = jsonata(steps, roots.jsonata);
  const byPath = roots.jsonPath !== undefined && jsonPath(steps, roots.jsonPath);
  const named = isRun(value.slice(1, -1)) ? value.slice(1, -1) : null;
  return (
    <footer className="json-way" aria-label={t('data.selected')}>
      <code className="break">{byPath || byJsonata}</code>
      <span className="actions">
        {byPath && <CopyButton text={byPath} word={t('data.jsonPath')} label={t('common.copyOf', { what: t('data.jsonPath') })} />}
        <CopyButton text={byJsonata} word={t('data.jsonata')} label={t('common.copyOf', { what: t('data.jsonata') })} />
        <CopyButton text={value} word={t('data.value')} label={t('common.copyOf', { what: t('data.value') })} />
        {named && <Link to="/runs/$id" params={{ id: named }}>{t('data.openRun')}</Link>}
      </span>
      {isMasked(value) && <span className="hint">{t('data.masked')}</span>}
    </footer>
  );
}
