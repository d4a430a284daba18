import { type FormEvent, type ReactNode, useState } from 'react';
import { api } from '../../api/client';
import { Modal } from '../../components/Modal';
import { Problem } from '../../components/Problem';

interface Props {
  id: string;
  onClose: () => void;
}

/** Asks before a run is stopped. What changes comes by the stream. */
export function StopDialog({ id, onClose }: Props) {
  const stop = (fields: FormData) => {
    const text = (name: string) => String(fields.get(name) ?? '').trim();
    const [error, cause] = [text('error'), text('cause')];
    return api.stop(id, { ...(error && { error }), ...(cause && { cause }) });
  };
  return (
    <Ask title="Stop this run?" verb="Stop" act={stop} onClose={onClose}>
      <p>Its tasks are cancelled, and it ends as aborted. It can be redriven later.</p>
      <label>
        <span>
          Error <span className="hint">may be left out</span>
        </span>
        <input name="error" maxLength={256} autoComplete="off" spellCheck={false} />
      </label>
      <label>
        <span>
          Cause <span className="hint">may be left out</span>
        </span>
        <input name="cause" maxLength={32_768} autoComplete="off" />
      </label>
    </Ask>
  );
}

export function RedriveDialog({ id, onClose }: Props) {
  return (
    <Ask title="Redrive this run?" verb="Redrive" act={() => api.redrive(id)} onClose={onClose}>
      <p>It goes on from where it failed, with the same definition. What succeeded is not done again.</p>
    </Ask>
  );
}

function Ask(props: {
  title: string;
  verb: string;
  act: (fields: FormData) => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}) {
  const { title, verb, act, onClose, children } = props;
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    try {
      await act(new FormData(event.currentTarget));
      onClose();
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <Modal title={title} onClose={onClose}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        {children}
        {error !== null && <Problem error={error} />}
        <footer>
          <button type="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" className="primary">
            {verb}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
