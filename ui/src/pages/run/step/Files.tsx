import { useQuery } from '@tanstack/react-query';
import { runs } from '../../../api/runs';
import { t } from '../../../i18n/text';
import { bytes } from '../../../state/format';

/** The files that the tasks of a run left, or one of them. */
export function Files({ run, task, isOver }: { run: string; task?: string; isOver: boolean }) {
  const files = useQuery({ queryKey: ['artifacts', run, isOver], queryFn: () => runs.artifacts(run) });
  const of = (files.data?.items ?? []).filter((file) => task === undefined || file.task === task || file.task.startsWith(`${task}.`));
  if (of.length === 0) return null;
  return (
    <section aria-label={t('step.files')}>
      <h3>{t('step.files')}</h3>
      <ul className="plain-list files">
        {of.map(({ task: from, key, name, size, sha256 }) => (
          <li key={`${from} ${key} ${name}`}>
            <a className="mono break" href={runs.artifactAddress(sha256)} download={name.split('/').at(-1)}>{name}</a>{' '}
            <span className="hint">{[bytes(size), task === from ? undefined : from, key].filter(Boolean).join(' · ')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
