import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { at } from '../../api/client';
import { platform } from '../../api/platform';
import type { PoolView } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { Ask } from '../../components/Ask';
import type { Column } from '../../components/DataTable';
import { ListTable } from '../../components/ListTable';
import { Field } from '../../components/Field';
import { t } from '../../i18n/text';
import type { List } from '../../state/list';
import { deleteAs, poolAs, textOf } from '../../state/equivalents';

/** Pools: how many tasks of all pipelines run at once. */
export function Pools({ list }: { list: List }) {
  const queries = useQueryClient();
  const pools = useQuery({ queryKey: ['pools'], queryFn: platform.pools });
  const [asked, setAsked] = useState<PoolView | 'new' | null>(null);
  const [going, setGoing] = useState<PoolView | null>(null);
  const look = () => queries.invalidateQueries({ queryKey: ['pools'] });
  const set = async (fields: FormData) => {
    const name = asked === 'new' ? textOf(fields, 'name') : asked!.name;
    await platform.setPool(name, Number(fields.get('size')));
    await look();
  };
  return (
    <section className="block" aria-label={t('workers.pools')}>
      <div className="page-head">
        <h2>{t('workers.pools')}</h2>
        <button type="button" className="small" onClick={() => setAsked('new')}>
          {t('workers.newPool')}
        </button>
      </div>
      <Answer of={pools} what={t('workers.thePools')}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="hint">{t('workers.noPool')}</p>
          ) : (
            <ListTable list={list} textsOf={({ name }) => [name]} label={t('workers.pools')} fits columns={columns(setAsked, setGoing)} rows={items} keyOf={({ name }) => name} />
          )
        }
      </Answer>
      {asked !== null && (
        <Ask
          title={asked === 'new' ? t('workers.newPoolTitle') : t('workers.poolTitle', { name: asked.name })}
          verb={t('workers.set')}
          act={set}
          onClose={() => setAsked(null)}
          as={(fields) => poolAs(asked === 'new' ? textOf(fields, 'name') : asked.name, Number(fields.get('size')))}
        >
          {asked === 'new' && (
            <Field label={t('workers.name')}>
              <input name="name" required maxLength={80} spellCheck={false} autoComplete="off" />
            </Field>
          )}
          <Field label={t('workers.places')}>
            <input name="size" type="number" min={0} required defaultValue={asked === 'new' ? 1 : asked.size} />
          </Field>
        </Ask>
      )}
      {going && (
        <Ask
          title={t('workers.deleteTitle', { name: going.name })}
          verb={t('workers.deletePool')}
          act={() => platform.deletePool(going.name).then(look)}
          onClose={() => setGoing(null)}
          as={() => deleteAs(at`/pools/${going.name}`)}
        >
          <p>{t('workers.deleteHint')}</p>
        </Ask>
      )}
    </section>
  );
}

function columns(resize: (pool: PoolView) => void, remove: (pool: PoolView) => void): readonly Column<PoolView>[] {
  return [
    { name: t('workers.name'), width: 'minmax(70px, 1fr)', className: 'cut mono', sort: { by: 'pool', of: ({ name }) => name }, cell: ({ name }) => name },
    {
      name: t('workers.used'),
      width: 'minmax(130px, 1fr)',
      narrow: '44px',
      sort: { by: 'used', of: ({ used, size }) => used / Math.max(1, size) },
      cell: ({ used, size }) => (
        <span className="progress">
          <progress max={Math.max(1, size)} value={used} aria-label={t('workers.used')} /> <span className="mono">{used}/{size}</span>
        </span>
      ),
    },
    {
      name: t('workers.change'),
      width: '210px',
      narrow: '148px',
      cell: (pool) =>
        pool.fixed ? (
          <span className="hint" title={t('workers.fixedHint')}>{t('workers.fixed')}</span>
        ) : (
          <>
            <button type="button" className="small" onClick={() => resize(pool)}>
              {t('workers.resize')}
            </button>{' '}
            <button type="button" className="small" aria-label={t('workers.deleteOf', { name: pool.name })} onClick={() => remove(pool)}>
              {t('workers.deleteAsk')}
            </button>
          </>
        ),
    },
  ];
}
