import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { pipelines } from '../api/pipelines';
import { rich } from '../i18n/rich';
import { t } from '../i18n/text';
import { runSample, SAMPLE } from '../sample/sample';
import { Command } from './Command';
import { Problem } from './Problem';

/** What to do with a server on which there is nothing: a sample first, then something of one's own. */
export function FirstStart() {
  return (
    <div className="empty first-start">
      <h2>{t('start.title')}</h2>
      <FirstSteps />
      <h3>{t('start.own')}</h3>
      <p>{t('start.workflow')}</p>
      <Command text={`compasso push hello.asl.json --endpoint ${location.origin}`} />
      <p>{t('start.pipeline')}</p>
      <Command text={`compasso push hello.pipeline.yaml --endpoint ${location.origin}`} />
    </div>
  );
}

/** The steps from a sample that fails to one that is mended. */
export function FirstSteps() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      const id = await runSample();
      void queries.invalidateQueries({ queryKey: ['pipelines'] });
      await navigate({ to: '/runs/$id', params: { id } });
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <>
      <ol className="first-steps">
        <li>
          {t('start.run')}{' '}
          <button type="button" className="primary" disabled={isBusy} onClick={() => void run()}>
            {t('start.runIt')}
          </button>
        </li>
        <li>{t('start.look')}</li>
        <li>{t('start.again')}</li>
        <li>{rich('start.change', { sample: <Sample />, studio: t('common.openInStudio') })}</li>
      </ol>
      {error !== null && <Problem error={error} />}
    </>
  );
}

/** A link as soon as there is something to show. */
function Sample() {
  const list = useQuery({ queryKey: ['pipelines'], queryFn: pipelines.list });
  if (!list.data?.items.some(({ name }) => name === SAMPLE)) return <code>{SAMPLE}</code>;
  return (
    <Link to="/pipelines/$name" params={{ name: SAMPLE }} className="mono">
      {SAMPLE}
    </Link>
  );
}
