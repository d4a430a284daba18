import { RequestError } from '../api/client';
import type { Refusal } from '../api/types';
import type { ServerWord } from '../i18n/catalogue';
import { localeTag, ofServer, t } from '../i18n/text';
import { useServerTexts } from '../i18n/useServerTexts';
import { isMistake } from '../state/lastGood';
import { CopyButton } from './CopyButton';

/** Says what went wrong, how to report it, and offers another try. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const refusal = error instanceof RequestError ? error.refusal : { code: t('common.error'), message: String(error) };
  useServerTexts();
  // The server itself speaks English, and says more than its code does.
  const said = localeTag().startsWith('en') ? undefined : ofServer(`error_${refusal.code}` as ServerWord);
  // Who wrote something wrong needs no code, and the same once more would be as wrong.
  const isWritten = isMistake(error);
  return (
    <div className="problem" role="alert">
      {!isWritten && <p className="problem-code">{refusal.code}</p>}
      {said && <p className="problem-text">{said}</p>}
      {refusal.message.includes('\n') ? <Lines of={refusal.message.split('\n')} /> : <p className="problem-text">{refusal.message}</p>}
      {!isWritten && 'requestId' in refusal && refusal.requestId && (
        <p className="hint">
          {t('common.request', { id: refusal.requestId })} <CopyButton text={reportOf(refusal)} label={t('common.copyProblem')} />
        </p>
      )}
      {retry && !isWritten && (
        <button type="button" onClick={retry}>
          {t('common.tryAgain')}
        </button>
      )}
    </div>
  );
}

/** What is wrong in a text, and where: marks stand below what they mark, so these lines are not broken. */
function Lines({ of }: { of: readonly string[] }) {
  return (
    <p className="problem-lines mono" tabIndex={0}>
      {of.map((line, at) => (
        <span key={at} className={line.startsWith('  ') ? 'placed' : undefined}>{line}</span>
      ))}
    </p>
  );
}

/** What somebody who is asked for help needs. */
function reportOf({ code, message, requestId }: Refusal): string {
  return [`${code}: ${message}`, requestId, location.href].join('\n');
}
