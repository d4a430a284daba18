import { RequestError } from '../api/client';
import { t } from '../i18n/text';

/** Says what went wrong, how to report it, and offers another try. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const refusal = error instanceof RequestError ? error.refusal : { code: t('common.error'), message: String(error) };
  return (
    <div className="problem" role="alert">
      <p className="problem-code">{refusal.code}</p>
      <p className={refusal.message.includes('\n') ? 'problem-text mono' : 'problem-text'}>{refusal.message}</p>
      {'requestId' in refusal && refusal.requestId && <p className="hint">{t('common.request', { id: refusal.requestId })}</p>}
      {retry && (
        <button type="button" onClick={retry}>
          {t('common.tryAgain')}
        </button>
      )}
    </div>
  );
}
