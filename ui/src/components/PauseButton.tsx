import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { pipelines } from '../api/pipelines';
import { Ask } from './Ask';
import { Field } from './Field';

/** Lets a pipeline rest, or go on. All that starts it rests with it. */
export function PauseButton({ name, isPaused }: { name: string; isPaused: boolean }) {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const act = async (fields: FormData) => {
    if (isPaused) await pipelines.resume(name, fields.get('catchUp') === 'on');
    else await pipelines.pause(name, String(fields.get('reason') ?? '').trim());
    await queries.invalidateQueries();
  };
  return (
    <>
      <button type="button" onClick={() => setAsking(true)}>
        {isPaused ? 'Resume…' : 'Pause…'}
      </button>
      {isAsking && (
        <Ask
          title={isPaused ? `Resume ${name}?` : `Pause ${name}?`}
          verb={isPaused ? 'Resume' : 'Pause'}
          act={act}
          onClose={() => setAsking(false)}
        >
          {isPaused ? (
            <label className="check">
              <input type="checkbox" name="catchUp" /> Treat the ticks that came meanwhile as missed ones
            </label>
          ) : (
            <>
              <p>No schedule and no trigger starts the pipeline until it is resumed. Runs under way go on.</p>
              <Field label="Reason" isOptional>
                <input name="reason" maxLength={512} autoComplete="off" />
              </Field>
            </>
          )}
        </Ask>
      )}
    </>
  );
}
