import '../styles/run.css';
import '../styles/history.css';
import { Link } from '@tanstack/react-router';
import { type DragEvent, useState } from 'react';
import type { RunEvent } from '../api/types';
import { Command } from '../components/Command';
import { Page } from '../components/Page';
import { t } from '../i18n/text';
import { readHistory } from '../state/history';
import { Imported } from './history/Imported';

/** What prints a history of an execution of AWS. */
const PRINTS = 'aws stepfunctions get-execution-history --execution-arn ARN > history.json';

/** What was read of a file. */
interface Told {
  name: string;
  events: RunEvent[];
  /** How many files were read before. */
  number: number;
}

/** A history that stands in a file. It is read and shown here, and never sent anywhere. */
export function History() {
  const [file, setFile] = useState<Told | null>(null);
  const [mistake, setMistake] = useState<string | null>(null);
  const read = async (chosen: File | undefined) => {
    if (!chosen) return;
    try {
      const events = readHistory(await chosen.text());
      setFile((before) => ({ name: chosen.name, events, number: (before?.number ?? 0) + 1 }));
      setMistake(null);
    } catch (error) {
      setMistake(t('history.cannotRead', { name: chosen.name, why: (error as Error).message }));
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void read(event.dataTransfer.files[0]);
  };
  return (
    <div className="dropping" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <Page
        title={file?.name ?? t('history.title')}
        fills
        crumbs={<Link to="/runs">{t('frame.runs')}</Link>}
        actions={<Choose onChoose={(chosen) => void read(chosen)} />}
      >
        {mistake !== null && <p className="problem" role="alert">{mistake}</p>}
        {file ? (
          <Imported key={file.number} name={file.name} events={file.events} />
        ) : (
          <div className="empty drop">
            <h2>{t('history.drop')}</h2>
            <p>{t('history.hint')}</p>
            <Command text={PRINTS} />
          </div>
        )}
      </Page>
    </div>
  );
}

function Choose({ onChoose }: { onChoose: (file: File | undefined) => void }) {
  return (
    <label className="choose">
      {t('history.choose')}
      <input
        type="file"
        className="visually-hidden"
        accept=".json,application/json"
        onChange={({ target }) => {
          onChoose(target.files?.[0]);
          // The same file can be chosen again once it was changed.
          target.value = '';
        }}
      />
    </label>
  );
}
