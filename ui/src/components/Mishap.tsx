import { t } from '../i18n/text';
import { tellMishap, useMishap } from '../state/mishap';

/** What was refused after its page had been left. */
export function Mishap() {
  const mishap = useMishap();
  if (mishap === null) return null;
  return (
    <p className="stale away" role="alert">
      {mishap}{' '}
      <button type="button" className="small" onClick={() => tellMishap(null)}>
        {t('common.close')}
      </button>
    </p>
  );
}
