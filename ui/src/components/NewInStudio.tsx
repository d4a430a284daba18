import { lazy, Suspense, useState } from 'react';
import type { DraftKind } from '../api/drafts';
import { withTexts } from '../i18n/text';
import { useRefusal } from '../state/role';

const NewDraft = lazy(() => withTexts(import('../pages/studio/NewDraft'), 'studio').then(({ NewDraft }) => ({ default: NewDraft })));

/** A button that begins another definition in Studio. */
export function NewInStudio({ kind, word }: { kind: DraftKind; word: string }) {
  const [isMaking, setMaking] = useState(false);
  const refusal = useRefusal('author');
  return (
    <>
      <button type="button" disabled={refusal !== undefined} title={refusal} onClick={() => setMaking(true)}>
        {word}
      </button>
      {isMaking && (
        <Suspense>
          <NewDraft kind={kind} onClose={() => setMaking(false)} />
        </Suspense>
      )}
    </>
  );
}
