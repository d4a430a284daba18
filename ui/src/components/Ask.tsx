import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { t } from '../i18n/text';
import type { Equivalent } from '../state/commands';
import { type PersonsRole, useRefusal } from '../state/role';
import { FormEquivalents } from './Equivalents';
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
  /** The role that may do it. */
  needs?: PersonsRole;
  /** What it does as commands, by what is filled in. */
  as?: (fields: FormData) => readonly Equivalent[];
  children: ReactNode;
}

/** A question, with what belongs to it. What is refused stays open, with the reason. */
export function Ask({ title, verb, act, onClose, isReady = true, staysOpen = false, needs = 'operator', as, children }: Props) {
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const refusal = useRefusal(needs);
  const form = useRef<HTMLFormElement>(null);
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
      <form className="form" ref={form} onSubmit={(event) => void submit(event)}>
        {children}
        {as && <FormEquivalents form={form} of={as} />}
        {error !== null && <Problem error={error} />}
        {refusal && <p className="hint" role="note">{refusal}</p>}
        <footer>
          <button type="button" onClick={onClose}>
            {t('common.leave')}
          </button>
          <button type="submit" className="primary" disabled={!isReady || isBusy || refusal !== undefined}>
            {verb}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
