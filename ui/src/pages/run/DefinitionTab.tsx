import { useEffect, useMemo, useRef } from 'react';
import { CopyButton } from '../../components/CopyButton';
import { t } from '../../i18n/text';
import { pretty } from '../../state/format';

/** The definition that the run began with and keeps, the selected state marked. */
export function DefinitionTab({ text, step }: { text: string; step: string | null }) {
  const shown = useMemo(() => (text.trim().includes('\n') ? text : pretty(text)), [text]);
  const [before, state, after] = useMemo(() => split(shown, step), [shown, step]);
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

/** Cuts the text before and after the lines that the member which is the state stands on. */
function split(text: string, step: string | null): [string, string, string] {
  const whole: [string, string, string] = [text, '', ''];
  if (step === null) return whole;
  const name = JSON.stringify(step);
  let start = text.indexOf(name);
  while (start >= 0) {
    const body = /^\s*:\s*\{/.exec(text.slice(start + name.length));
    if (body) {
      const end = endOfObject(text, start + name.length + body[0].length);
      const from = text.lastIndexOf('\n', start) + 1;
      const to = text.indexOf('\n', end);
      return to < 0 ? [text.slice(0, from), text.slice(from), ''] : [text.slice(0, from), text.slice(from, to), text.slice(to + 1)];
    }
    start = text.indexOf(name, start + 1);
  }
  return whole;
}

/** Returns where the object ends whose first brace stands before `from`. */
function endOfObject(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      at += (/^"(?:[^"\\]|\\.)*"/s.exec(text.slice(at))?.[0].length ?? 1) - 1;
    } else if (character === '{') {
      depth += 1;
    } else if (character === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}
