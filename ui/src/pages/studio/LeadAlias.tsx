import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DraftKind } from '../../api/drafts';
import { pipelines } from '../../api/pipelines';
import type { AliasRoute } from '../../api/schema';
import { workflows } from '../../api/workflows';
import { NAME_PATTERN } from '../../components/Aliases';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import { ALL, routesTo } from '../../state/aliases';
import { textOf } from '../../state/equivalents';

interface Alias {
  name: string;
  description?: string;
  routes: readonly AliasRoute[];
}

/** A workflow that has versions already. */
export interface Published {
  id: string;
  kind: DraftKind;
}

const nameOf = (id: string) => id.split(':').at(-1)!;

function aliasesOf({ id, kind }: Published): Promise<readonly Alias[]> {
  return kind === 'PIPELINE' ? pipelines.aliases(nameOf(id)).then(({ items }) => items) : workflows.view(id).then(({ aliases }) => aliases);
}

/** Leads the alias that a form names to a version, with the share of the starts that it says; without a name nothing is done. */
export async function leadAlias(of: Published, version: number, fields: FormData): Promise<void> {
  const name = textOf(fields, 'alias');
  if (name === '') return;
  const present = (await aliasesOf(of)).find((alias) => alias.name === name);
  const { description } = present ?? {};
  const alias = { routes: routesTo(version, Number(fields.get('share') ?? ALL), present?.routes ?? []), ...(description && { description }) };
  await (of.kind === 'PIPELINE' ? pipelines.setAlias(nameOf(of.id), name, alias) : workflows.setAlias(of.id, name, alias));
}

/** Asks for an alias that leads to what is published, and how much of it. */
export function LeadAlias({ of }: { of: Published }) {
  const [name, setName] = useState('');
  const [share, setShare] = useState(ALL);
  const aliases = useQuery({ queryKey: ['aliases', of.id], queryFn: () => aliasesOf(of), staleTime: 0 });
  const before = aliases.data?.find((alias) => alias.name === name)?.routes[0]?.version;
  return (
    <>
      <Field label={t('studio.alias')} hint={t('studio.aliasHint')} isOptional>
        <input name="alias" list="aliases" value={name} pattern={NAME_PATTERN} spellCheck={false} autoComplete="off" className="mono" onChange={({ target }) => setName(target.value)} />
      </Field>
      <datalist id="aliases">{aliases.data?.map((alias) => <option key={alias.name} value={alias.name} />)}</datalist>
      {before !== undefined && (
        <Field label={t('studio.share')} hint={t('studio.shares', { share, rest: ALL - share, before })}>
          <input name="share" type="range" min={1} max={ALL} value={share} onChange={({ target }) => setShare(Number(target.value))} />
        </Field>
      )}
    </>
  );
}
