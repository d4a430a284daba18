import { RequestError } from '../api/client';
import type { Refusal } from '../api/types';
import type { ServerWord } from '../i18n/catalogue';
import { localeTag, ofServer, t } from '../i18n/text';
import { useServerTexts } from '../i18n/useServerTexts';
import { CopyButton } from './CopyButton';

/** Says what went wrong, how to report it, and offers another try. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const refusal = error instanceof RequestError ? error.refusal : { code: t('common.error'), message: String(error) };
  useServerTexts();
  // The server itself speaks English, and says more than its code does.
  const said = localeTag().startsWith('en') ? undefined : ofServer(`error_${refusal.code}` as ServerWord);
  // Who wrote something wrong needs no code, and the same once more would be as wrong.
  const isMistake = error instanceof RequestError && error.status === 400;
  return (
    <div className="problem" role="alert">
      {!isMistake && <p className="problem-code">{refusal.code}</p>}
      {said && <p className="problem-text">{said}</p>}
      <p className={refusal.message.includes('\n') ? 'problem-text mono' : 'problem-text'}>{refusal.message}</p>
      {!isMistake && 'requestId' in refusal && refusal.requestId && (
        <p className="hint">
          {t('common.request', { id: refusal.requestId })} <CopyButton text={reportOf(refusal)} label={t('common.copyProblem')} />
        </p>
      )}
      {retry && !isMistake && (
        <button type="button" onClick={retry}>
          {t('common.tryAgain')}
        </button>
      )}
    </div>
  );
}

/** What somebody who is asked for help needs. */
function reportOf({ code, message, requestId }: Refusal): string {
  return [`${code}: ${message}`, requestId, location.href].join('\n');
}
