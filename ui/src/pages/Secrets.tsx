import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { at } from '../api/client';
import { platform } from '../api/platform';
import type { SecretItem } from '../api/schema';
import { Answer } from '../components/Answer';
import { Ask } from '../components/Ask';
import type { Column } from '../components/DataTable';
import { Field } from '../components/Field';
import { FilterField } from '../components/FilterField';
import { ListTable } from '../components/ListTable';
import { Page } from '../components/Page';
import { When } from '../components/When';
import { rich } from '../i18n/rich';
import { t } from '../i18n/text';
import { deleteAs, keepSecretAs, textOf } from '../state/equivalents';
import { useFresh } from '../state/fresh';
import { useList } from '../state/list';
import { Connections } from './secrets/Connections';

type Asked = { what: 'new' } | { what: 'set' | 'delete'; name: string };

/** What tasks prove themselves with. Values go in, and never come out. */
export function Secrets() {
  const [asked, setAsked] = useState<Asked | null>(null);
  const secrets = useQuery({ queryKey: ['secrets'], queryFn: platform.secrets });
  useFresh(['secrets'], ['connections']);
  const shown = useList();
  return (
    <Page title={t('frame.secrets')}>
      <FilterField list={shown} />
      <section className="block" aria-label={t('secrets.secrets')}>
        <div className="page-head">
          <h2>{t('secrets.secrets')}</h2>
          <button type="button" className="small" onClick={() => setAsked({ what: 'new' })}>
            {t('secrets.new')}
          </button>
        </div>
        <Answer of={secrets} what={t('secrets.theSecrets')}>
          {({ items }) =>
            items.length === 0 ? (
              <p className="hint">{rich('secrets.noSecret', { example: <code>{'${{ secrets.NAME }}'}</code> })}</p>
            ) : (
              <ListTable list={shown} textsOf={({ name }) => [name]} label={t('secrets.secrets')} fits columns={columns(setAsked)} rows={items} keyOf={({ name }) => name} />
            )
          }
        </Answer>
      </section>
      <Connections list={shown} />
      {asked && <Dialog asked={asked} onClose={() => setAsked(null)} />}
    </Page>
  );
}

function columns(ask: (asked: Asked) => void): readonly Column<SecretItem>[] {
  return [
    { name: t('secrets.name'), width: 'minmax(60px, 1fr)', className: 'cut mono', sort: { by: 'name', of: ({ name }) => name }, cell: ({ name }) => name },
    { name: t('secrets.set'), width: '150px', className: 'cut', isWide: true, sort: { by: 'set', of: ({ modified }) => Date.parse(modified) }, cell: ({ modified }, now) => <When at={modified} now={now} /> },
    { name: t('secrets.created'), width: '150px', isWide: true, sort: { by: 'created', of: ({ created }) => Date.parse(created) }, cell: ({ created }, now) => <When at={created} now={now} /> },
    {
      name: t('secrets.change'),
      width: 'minmax(190px, 230px)',
      cell: ({ name }) => (
        <>
          <button type="button" className="small" aria-label={t('secrets.setAnewOf', { name })} onClick={() => ask({ what: 'set', name })}>
            {t('secrets.setAnew')}
          </button>{' '}
          <button type="button" className="small" aria-label={t('secrets.deleteOf', { name })} onClick={() => ask({ what: 'delete', name })}>
            {t('secrets.deleteAsk')}
          </button>
        </>
      ),
    },
  ];
}

function Dialog({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const queries = useQueryClient();
  const act = async (fields: FormData) => {
    const name = asked.what === 'new' ? String(fields.get('name')).trim() : asked.name;
    if (asked.what === 'delete') await platform.deleteSecret(name);
    else await platform.setSecret(name, String(fields.get('value')));
    await queries.invalidateQueries({ queryKey: ['secrets'] });
  };
  if (asked.what === 'delete') {
    return (
      <Ask title={t('secrets.deleteTitle', { name: asked.name })} verb={t('secrets.delete')} needs="author" act={act} onClose={onClose} as={() => deleteAs(at`/secrets/${asked.name}`)}>
        <p>{t('secrets.deleteHint')}</p>
      </Ask>
    );
  }
  const title = asked.what === 'new' ? t('secrets.newTitle') : t('secrets.setAnewOf', { name: asked.name });
  return (
    <Ask title={title} verb={t('secrets.keep')} needs="author" act={act} onClose={onClose} as={(fields) => keepSecretAs(asked.what === 'new' ? textOf(fields, 'name') : asked.name)}>
      {asked.what === 'new' && (
        <Field label={t('secrets.name')}>
          <input name="name" required spellCheck={false} autoComplete="off" className="mono" />
        </Field>
      )}
      <Field label={t('secrets.value')} hint={t('secrets.valueHint')}>
        <textarea name="value" required rows={3} spellCheck={false} autoComplete="off" className="mono" />
      </Field>
    </Ask>
  );
}
