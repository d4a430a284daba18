import { Link } from '@tanstack/react-router';
import { t } from '../i18n/text';

export function NotFound() {
  return (
    <div className="empty">
      <h1 tabIndex={-1}>{t('frame.noPage')}</h1>
      <p className="break">{t('frame.noPageAt', { address: decoded(location.pathname) })}</p>
      {/* The search is that of the frame. */}
      <button type="button" onClick={() => document.querySelector<HTMLElement>('.top .find')?.click()}>{t('frame.find')}</button>
      <p>
        <Link to="/runs">{t('frame.allRuns')}</Link>
      </p>
    </div>
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
