import { useState } from 'react';
import type { AliasRoute } from '../api/schema';
import type { NewAlias } from '../api/workflows';
import { t } from '../i18n/text';
import { ALL } from '../state/aliases';
import { commandsOf } from '../state/commands';
import { deleteAs, textOf } from '../state/equivalents';
import { useRefusal } from '../state/role';
import { Ask } from './Ask';
import { Field } from './Field';

/** Names of aliases; all digits would be a version. */
export const NAME_PATTERN = '[A-Za-z_\\-][A-Za-z0-9_.\\-]{0,79}';

interface Alias {
  name: string;
  description?: string;
  routes: readonly AliasRoute[];
}

export interface AliasOrders {
  /** The path of an alias. */
  path: (name: string) => string;
  set: (name: string, alias: NewAlias) => Promise<unknown>;
  remove: (name: string) => Promise<unknown>;
}

interface Props extends AliasOrders {
  aliases: readonly Alias[];
  /** The numbers of the versions, the newest first. */
  versions: readonly number[];
}

/** Names for versions, and the share of the starts that each version of two takes. */
export function Aliases({ aliases, versions, ...orders }: Props) {
  const [asked, setAsked] = useState<{ what: 'set'; alias: Alias | null } | { what: 'delete'; alias: Alias } | null>(null);
  const refusal = useRefusal('author');
  const close = () => setAsked(null);
  return (
    <section className="aliases" aria-label={t('aliases.title')}>
      <div className="page-head">
        <h2>{t('aliases.title')}</h2>
        <button type="button" className="small" disabled={refusal !== undefined} title={refusal} onClick={() => setAsked({ what: 'set', alias: null })}>
          {t('aliases.new')}
        </button>
      </div>
      {aliases.length === 0 && <p className="hint">{t('aliases.none')}</p>}
      <ul className="plain-list ruled">
        {aliases.map((alias) => (
          <li key={alias.name} className="alias">
            <b className="mono cut">{alias.name}</b>
            <Shares routes={alias.routes} />
            <span className="hint cut">{alias.description}</span>
            <button type="button" className="small" aria-label={t('aliases.changeOf', { name: alias.name })} onClick={() => setAsked({ what: 'set', alias })}>
              {t('aliases.change')}
            </button>
            <button type="button" className="small" aria-label={t('aliases.deleteOf', { name: alias.name })} onClick={() => setAsked({ what: 'delete', alias })}>
              {t('aliases.delete')}
            </button>
          </li>
        ))}
      </ul>
      {asked?.what === 'set' && <SetAlias alias={asked.alias} versions={versions} {...orders} onClose={close} />}
      {asked?.what === 'delete' && (
        <Ask
          title={t('aliases.deleteTitle', { name: asked.alias.name })}
          verb={t('aliases.deleteVerb')}
          needs="author"
          act={() => orders.remove(asked.alias.name)}
          onClose={close}
          as={() => deleteAs(orders.path(asked.alias.name))}
        >
          <p>{t('aliases.deleteHint')}</p>
        </Ask>
      )}
    </section>
  );
}

/** The versions of an alias, each as wide as its share. */
function Shares({ routes }: { routes: readonly AliasRoute[] }) {
  return (
    <span className="shares">
      {routes.map(({ version, weight }) => (
        <span key={version} style={{ flexGrow: weight }}>
          {t('aliases.share', { version, weight })}
        </span>
      ))}
    </span>
  );
}

interface SetProps extends AliasOrders {
  /** The alias to change; a new one without it. */
  alias: Alias | null;
  versions: readonly number[];
  onClose: () => void;
}

function SetAlias({ alias, versions, path, set, onClose }: SetProps) {
  const [first, setFirst] = useState(alias?.routes[0]?.version ?? versions[0]!);
  const [second, setSecond] = useState<number | null>(alias?.routes[1]?.version ?? null);
  const [weight, setWeight] = useState(alias?.routes[0]?.weight ?? ALL);
  const routes =
    second === null || second === first || weight === ALL
      ? [{ version: first, weight: ALL }]
      : [{ version: first, weight }, { version: second, weight: ALL - weight }].filter((route) => route.weight > 0);
  const orderOf = (fields: FormData) => {
    const description = textOf(fields, 'description');
    return { routes, ...(description && { description }) };
  };
  const nameOf = (fields: FormData) => alias?.name ?? textOf(fields, 'name');
  const choose = (value: string) => {
    setSecond(value === '' ? null : Number(value));
    if (value !== '' && weight === ALL) setWeight(90);
  };
  return (
    <Ask
      title={alias ? t('aliases.changeTitle', { name: alias.name }) : t('aliases.newTitle')}
      verb={t('aliases.set')}
      needs="author"
      act={(fields) => set(nameOf(fields), orderOf(fields))}
      onClose={onClose}
      as={(fields) => commandsOf({ method: 'PUT', path: path(nameOf(fields)), body: orderOf(fields) })}
    >
      {!alias && (
        <Field label={t('aliases.name')}>
          <input name="name" required pattern={NAME_PATTERN} spellCheck={false} autoComplete="off" className="mono" />
        </Field>
      )}
      <Field label={t('aliases.version')}>
        <select value={first} onChange={({ target }) => setFirst(Number(target.value))}>
          {versions.map((number) => <option key={number}>{number}</option>)}
        </select>
      </Field>
      <Field label={t('aliases.beside')}>
        <select value={second ?? ''} onChange={({ target }) => choose(target.value)}>
          <option value="">{t('aliases.nothingBeside')}</option>
          {versions.filter((number) => number !== first).map((number) => <option key={number}>{number}</option>)}
        </select>
      </Field>
      {second !== null && second !== first && (
        <Field label={t('aliases.weight', { version: first })} hint={t('aliases.weights', { first, weight, second, rest: ALL - weight })}>
          <input type="range" min={0} max={ALL} value={weight} onChange={({ target }) => setWeight(Number(target.value))} />
        </Field>
      )}
      <Field label={t('aliases.description')} isOptional>
        <input name="description" maxLength={256} defaultValue={alias?.description} autoComplete="off" />
      </Field>
    </Ask>
  );
}
