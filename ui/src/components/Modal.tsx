import { type ReactNode, useEffect, useId, useRef } from 'react';
import { t } from '../i18n/text';

/** Where one writes or chooses something. */
const FIELDS = 'input, select, textarea';

/** A dialog of the browser's own kind: it keeps the focus, first in its first field, and Escape closes it. */
export function Modal({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    // The browser would begin with what comes first, the cross.
    dialog.current?.querySelector<HTMLElement>(FIELDS)?.focus();
    return () => giveBackFocus(opener);
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={name} onClose={onClose} onCancel={onClose}>
      <header className="modal-head">
        <h2 id={name}>{title}</h2>
        <button type="button" className="quiet" aria-label={t('common.close')} onClick={() => dialog.current?.close()}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}

/** A dialog that is gone leaves the focus where it was opened from; if that is gone too, at the heading of the page. */
function giveBackFocus(opener: Element | null): void {
  const isLost = () => document.activeElement === document.body;
  if (!isLost() || opener === document.body) return;
  if (opener instanceof HTMLElement) opener.focus();
  if (isLost()) document.querySelector<HTMLElement>('main h1')?.focus();
}
