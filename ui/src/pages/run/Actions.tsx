import { useState } from 'react';
import { api } from '../../api/client';
import { runs } from '../../api/runs';
import { Ask } from '../../components/Ask';
import { Field } from '../../components/Field';
import type { Run } from '../../api/types';
import { isOfPipeline } from '../../state/arn';
import { useKeys } from '../../state/keys';

interface Props {
  id: string;
  onClose: () => void;
}

/** Asks before a run is stopped. What changes comes by the stream. */
export function StopDialog({ id, onClose }: Props) {
  const stop = (fields: FormData) => {
    const text = (name: string) => String(fields.get(name) ?? '').trim();
    const [error, cause] = [text('error'), text('cause')];
    const why = { ...(error && { error }), ...(cause && { cause }) };
    return fields.get('gently') === 'on' ? runs.cancel(id, why) : api.stop(id, why);
  };
  return (
    <Ask title="Stop this run?" verb="Stop" act={stop} onClose={onClose}>
      <p>Its tasks are cancelled, and it ends as aborted. It can be redriven later.</p>
      {isOfPipeline(id) && (
        <label className="check">
          <input type="checkbox" name="gently" defaultChecked /> Ask running tasks to end, and let what cleans up run first
        </label>
      )}
      <Field label="Error" isOptional>
        <input name="error" maxLength={256} autoComplete="off" spellCheck={false} />
      </Field>
      <Field label="Cause" isOptional>
        <input name="cause" maxLength={32_768} autoComplete="off" />
      </Field>
    </Ask>
  );
}

/** Has a run go on from where it failed. */
export function Redrive({ run: { id, notRedrivable } }: { run: Run }) {
  const [isAsking, setAsking] = useState(false);
  const canRedrive = notRedrivable === undefined;
  useKeys({ r: () => canRedrive && setAsking(true) });
  return (
    <>
      <button type="button" disabled={!canRedrive} title={notRedrivable} onClick={() => setAsking(true)}>
        Redrive…
      </button>
      {isAsking && <RedriveDialog id={id} onClose={() => setAsking(false)} />}
    </>
  );
}

function RedriveDialog({ id, onClose }: Props) {
  return (
    <Ask title="Redrive this run?" verb="Redrive" act={() => api.redrive(id)} onClose={onClose}>
      <p>It goes on from where it failed, with the same definition. What succeeded is not done again.</p>
    </Ask>
  );
}
