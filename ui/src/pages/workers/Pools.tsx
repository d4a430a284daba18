import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { platform } from '../../api/platform';
import type { PoolView } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { Ask } from '../../components/Ask';
import { type Column, DataTable } from '../../components/DataTable';
import { Field } from '../../components/Field';

/** Pools: how many tasks of all pipelines run at once. */
export function Pools() {
  const queries = useQueryClient();
  const pools = useQuery({ queryKey: ['pools'], queryFn: platform.pools });
  const [asked, setAsked] = useState<PoolView | 'new' | null>(null);
  const set = async (fields: FormData) => {
    const name = asked === 'new' ? String(fields.get('name')).trim() : asked!.name;
    await platform.setPool(name, Number(fields.get('size')));
    await queries.invalidateQueries({ queryKey: ['pools'] });
  };
  return (
    <section className="block" aria-label="Pools">
      <div className="page-head">
        <h2>Pools</h2>
        <button type="button" className="small" onClick={() => setAsked('new')}>
          New pool…
        </button>
      </div>
      <Answer of={pools} what="the pools">
        {({ items }) =>
          items.length === 0 ? (
            <p className="hint">A pool bounds how many tasks of all pipelines run at once: “pool: NAME” of a task.</p>
          ) : (
            <DataTable label="Pools" fits columns={columns(setAsked)} rows={items} keyOf={({ name }) => name} />
          )
        }
      </Answer>
      {asked !== null && (
        <Ask
          title={asked === 'new' ? 'New pool' : `Pool ${asked.name}`}
          verb="Set"
          act={set}
          onClose={() => setAsked(null)}
        >
          {asked === 'new' && (
            <Field label="Name">
              <input name="name" required maxLength={80} spellCheck={false} autoComplete="off" />
            </Field>
          )}
          <Field label="Places">
            <input name="size" type="number" min={0} required defaultValue={asked === 'new' ? 1 : asked.size} />
          </Field>
        </Ask>
      )}
    </section>
  );
}

function columns(resize: (pool: PoolView) => void): readonly Column<PoolView>[] {
  return [
    { name: 'Name', width: 'minmax(70px, 1fr)', className: 'cut mono', cell: ({ name }) => name },
    {
      name: 'Used',
      width: 'minmax(130px, 1fr)',
      cell: ({ used, size }) => (
        <span className="progress">
          <progress max={Math.max(1, size)} value={used} aria-label="Used" /> <span className="mono">{used}/{size}</span>
        </span>
      ),
    },
    {
      name: 'Change',
      width: '84px',
      cell: (pool) =>
        pool.fixed ? (
          <span className="hint" title="Its size is in the settings of the server">fixed</span>
        ) : (
          <button type="button" className="small" onClick={() => resize(pool)}>
            Resize…
          </button>
        ),
    },
  ];
}
