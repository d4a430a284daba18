import { useEffect, useMemo, useRef } from 'react';
import { CopyButton } from '../../components/CopyButton';
import { t } from '../../i18n/text';
import { pretty } from '../../state/format';
import { machine } from '../../studio/machine';
import { pipeline } from '../../studio/pipeline';

/** The definition that the run began with and keeps, the selected step marked. */
export function DefinitionTab({ text, step, isPipeline }: { text: string; step: string | null; isPipeline: boolean }) {
  const shown = useMemo(() => (isPipeline || text.trim().includes('\n') ? text : pretty(text)), [text, isPipeline]);
  const [before, state, after] = useMemo(() => split(shown, step, isPipeline), [shown, step, isPipeline]);
  const mark = useRef<HTMLElement>(null);
  // Newer browsers return a promise, which is no way to clean up.
  useEffect(() => void mark.current?.scrollIntoView({ block: 'start' }), [state]);
  return (
    <section className="json" aria-label={t('run.definition')}>
      <header>
        <h2>{t('run.definition')}</h2>
        <span className="hint">{step !== null && state !== '' ? t('run.asItHasMarked', { step }) : t('run.asItHas')}</span>
        <CopyButton text={text} label={t('common.copyOf', { what: t('run.theDefinition') })} />
      </header>
      <pre tabIndex={0} role="region" aria-label={t('common.json', { what: t('run.definition') })}>
        {before}
        {state !== '' && <mark ref={mark}>{state}</mark>}
        {after}
      </pre>
    </section>
  );
}

/** Cuts the text before and after the lines that the step stands on. */
function split(text: string, step: string | null, isPipeline: boolean): [string, string, string] {
  const place = (isPipeline ? pipeline : machine).places(text).find(({ id }) => id === step);
  if (!place) return [text, '', ''];
  const from = text.lastIndexOf('\n', place.from - 1) + 1;
  const end = from + text.slice(from, place.to).trimEnd().length;
  const to = text.indexOf('\n', end);
  return to < 0 ? [text.slice(0, from), text.slice(from), ''] : [text.slice(0, from), text.slice(from, to), text.slice(to + 1)];
}
