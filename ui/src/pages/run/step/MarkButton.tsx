import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../../../i18n/text';
import { MarkDialog } from '../MarkDialog';

/** Whatever became of a task, or of one of its instances, people can say how it ended. */
export function MarkButton({ run, task }: { run: string; task: string }) {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const look = () => {
    void queries.invalidateQueries({ queryKey: ['run', run] });
    void queries.invalidateQueries({ queryKey: ['tasks', run] });
    void queries.invalidateQueries({ queryKey: ['instances', run] });
  };
  return (
    <div>
      <button type="button" onClick={() => setAsking(true)}>
        {t('steer.markAsk')}
      </button>
      {isAsking && <MarkDialog run={run} task={task} onDone={look} onClose={() => setAsking(false)} />}
    </div>
  );
}
