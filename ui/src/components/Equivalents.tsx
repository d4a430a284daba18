import { type RefObject, useEffect, useState } from 'react';
import { t } from '../i18n/text';
import type { Equivalent } from '../state/commands';
import { Command } from './Command';

/** What a dialog does, as commands that can be copied. */
export function Equivalents({ of }: { of: readonly Equivalent[] }) {
  return (
    <details className="equivalents">
      <summary>{t('common.asCommand')}</summary>
      <Commands of={of} />
    </details>
  );
}

export function Commands({ of }: { of: readonly Equivalent[] }) {
  return of.map(({ by, text }) => (
    <div key={by}>
      <p className="hint">{t(`common.by_${by}`)}</p>
      {text === null ? <p>{t('common.awsHasNoLabels')}</p> : <Command text={text} />}
    </div>
  ));
}

/** What a form does as it is filled in now. */
export function FormEquivalents({ form, of }: { form: RefObject<HTMLFormElement | null>; of: (fields: FormData) => readonly Equivalent[] }) {
  const [fields, setFields] = useState<FormData | null>(null);
  useEffect(() => {
    const element = form.current!;
    const read = () => setFields(new FormData(element));
    read();
    element.addEventListener('input', read);
    return () => element.removeEventListener('input', read);
  }, [form]);
  const commands = fields ? of(fields) : [];
  return commands.length > 0 && <Equivalents of={commands} />;
}
