import { type UseQueryResult } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense } from 'react';
import { t, withTexts } from '../i18n/text';
import type { Look } from '../studio/ComparedGraph';
import { Answer } from './Answer';
import { DiffText } from './DiffText';

const ComparedGraph = lazy(() =>
  withTexts(import('../studio/ComparedGraph'), 'studio', 'graph').then(({ ComparedGraph }) => ({ default: ComparedGraph })),
);

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
  /** What each version looks like. */
  lookAt?: (version: string) => Promise<Look>;
  /** What is told beside the text. */
  about?: (diff: T) => ReactNode;
}

/** Two versions, and how they differ. */
export function CompareVersions<T extends { text: string }>({ choices, from, to, onChange, diff, lookAt, about }: Props<T>) {
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
    <section className="compare" aria-label={t('common.compareVersions')}>
      <header className="filters">
        <h2>{t('common.compare')}</h2>
        {pick(t('common.from'), from, (value) => onChange(value, to))}
        {pick(t('common.to'), to, (value) => onChange(from, value))}
      </header>
      <Answer of={diff} what={t('common.theDifference')}>
        {(answer) => (
          <>
            {about?.(answer)}
            {lookAt && (
              <Suspense fallback={<div className="changes-room" />}>
                <ComparedGraph key={`${from} ${to}`} from={from} to={to} lookAt={lookAt} />
              </Suspense>
            )}
            <DiffText text={answer.text} label={t('common.difference')} />
          </>
        )}
      </Answer>
    </section>
  );
}
