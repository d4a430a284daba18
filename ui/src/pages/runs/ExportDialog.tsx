import { useState } from 'react';
import { api } from '../../api/client';
import type { ChosenRuns } from '../../api/schema';
import type { RunItem } from '../../api/types';
import { Command } from '../../components/Command';
import { Modal } from '../../components/Modal';
import { t } from '../../i18n/text';
import { line } from '../../state/commands';
import { EXPORT_FORMATS, type ExportFormat, written } from '../../state/exported';
import { keepFile } from '../../state/files';
import { columnsText } from '../../state/columnNames';

/** Most runs of one export: `EXPORTED_RUNS_MAX` of the server. */
const EXPORTED_RUNS_MAX = 100_000;

interface Props {
  /** The runs that are marked; without them, all that the list is about. */
  marked: readonly RunItem[] | null;
  chosen: ChosenRuns;
  /** What runs are searched by that has a column of its own. */
  columns: readonly string[];
  onClose: () => void;
}

/** Keeps runs as a file for other programs. */
export function ExportDialog({ marked, chosen, columns, onClose }: Props) {
  const [format, setFormat] = useState<ExportFormat>('csv');
  const address = api.exportAddress(chosen, format, columnsText(columns));
  return (
    <Modal title={t('bulk.exportTitle')} onClose={onClose}>
      <div className="form">
        <p>{marked ? t('bulk.exportMarked', { n: marked.length }) : t('bulk.exportAll', { n: EXPORTED_RUNS_MAX })}</p>
        <fieldset className="choices">
          <legend>{t('bulk.format')}</legend>
          {EXPORT_FORMATS.map((one) => (
            <label key={one} className="check">
              <input type="radio" name="format" checked={format === one} onChange={() => setFormat(one)} />
              {t(`bulk.format_${one}`)}
            </label>
          ))}
        </fieldset>
        {!marked && <Command text={line('curl', '-OJ', location.origin + address)} />}
        <footer>
          <button type="button" onClick={onClose}>{t('common.leave')}</button>
          {marked ? (
            <button type="button" className="primary" onClick={() => keepFile(`runs.${format}`, written(marked, format, columns), 'text/plain')}>
              {t('bulk.exportIt')}
            </button>
          ) : (
            <a className="button primary" href={address} download={`runs.${format}`}>{t('bulk.exportIt')}</a>
          )}
        </footer>
      </div>
    </Modal>
  );
}
