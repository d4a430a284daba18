import { Link } from '@tanstack/react-router';
import { t } from '../i18n/text';

export function NotFound() {
  return (
    <div className="empty">
      <h1 tabIndex={-1}>{t('frame.noPage')}</h1>
      <p>
        <Link to="/runs">{t('frame.allRuns')}</Link>
      </p>
    </div>
  );
}
