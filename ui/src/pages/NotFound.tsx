import { Link } from '@tanstack/react-router';
import { Missing } from '../components/Missing';
import { t } from '../i18n/text';

export function NotFound() {
  return (
    <Missing title={t('frame.noPage')} what={t('frame.noPageAt', { address: decoded(location.pathname) })}>
      <Link to="/runs">{t('frame.allRuns')}</Link>
    </Missing>
  );
}

/** Addresses are written by people: what is no address of a text is shown as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
