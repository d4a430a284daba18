import { type FormEvent, type ReactNode, useState } from 'react';
import { t } from '../i18n/text';
import { Modal } from './Modal';
import { Problem } from './Problem';

interface Props {
  title: string;
  verb: string;
  act: (fields: FormData) => Promise<unknown>;
  onClose: () => void;
  /** Whether it stays when it is done, to show what came of it. */
  staysOpen?: boolean;
  /** Whether the form can be sent. */
  isReady?: boolean;
  children: ReactNode;
}

/** A question, with what belongs to it. What is refused stays open, with the reason. */
export function Ask({ title, verb, act, onClose, isReady = true, staysOpen = false, children }: Props) {
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    try {
      await act(new FormData(event.currentTarget));
      if (!staysOpen) return onClose();
      setError(null);
      setBusy(false);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <Modal title={title} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        {children}
        {error !== null && <Problem error={error} />}
        <footer>
          <button type="button" onClick={onClose}>
            {t('common.leave')}
          </button>
          <button type="submit" className="primary" disabled={!isReady || isBusy}>
            {verb}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
