import { type ReactNode, useEffect, useId, useRef } from 'react';
import { t } from '../i18n/text';

/** Where one writes or chooses something. */
const FIELDS = 'input, select, textarea';

/** A dialog of the browser's own kind: it keeps the focus, first in its first field, and Escape closes it. */
export function Modal({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    dialog.current?.showModal();
    // The browser would begin with what comes first, the cross.
    dialog.current?.querySelector<HTMLElement>(FIELDS)?.focus();
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
