import { type UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Answer } from './Answer';
import { DiffText } from './DiffText';

export interface VersionChoice {
  value: string;
  label: string;
}

interface Props<T extends { text: string }> {
  choices: readonly VersionChoice[];
  from: string;
  to: string;
  onChange: (from: string, to: string) => void;
  diff: UseQueryResult<T>;
  /** What is told beside the text. */
  about?: (diff: T) => ReactNode;
}

/** Two versions, and how they differ. */
export function CompareVersions<T extends { text: string }>({ choices, from, to, onChange, diff, about }: Props<T>) {
  const pick = (label: string, value: string, choose: (value: string) => void) => (
    <label>
      {label}{' '}
      <select value={value} onChange={({ target }) => choose(target.value)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <section className="compare" aria-label="Compare versions">
      <header className="filters">
        <h2>Compare</h2>
        {pick('from', from, (value) => onChange(value, to))}
        {pick('to', to, (value) => onChange(from, value))}
      </header>
      <Answer of={diff} what="the difference">
        {(answer) => (
          <>
            {about?.(answer)}
            <DiffText text={answer.text} label="Difference" />
          </>
        )}
      </Answer>
    </section>
  );
}
