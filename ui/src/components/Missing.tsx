import { type ReactNode, useEffect } from 'react';
import { RequestError } from '../api/client';
import { t } from '../i18n/text';

/** Whether nothing has the name that was asked for; what is no name at all is refused. */
export function isNobody(error: unknown): boolean {
  return error instanceof RequestError && (error.status === 404 || error.status === 400);
}

/** A page about what is not there: what was looked for, and ways out. */
export function Missing({ title, what, children }: { title: string; what: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Compasso`;
  }, [title]);
  return (
    <div className="empty">
      <h1 tabIndex={-1}>{title}</h1>
      <p className="break">{what}</p>
      <div className="actions">
        {/* The search is that of the frame. */}
        <button type="button" onClick={() => document.querySelector<HTMLElement>('.top .find')?.click()}>{t('frame.find')}</button>
        {children}
      </div>
    </div>
  );
}
