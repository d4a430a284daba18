import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { access } from '../../api/access';
import { api, at } from '../../api/client';
import type { TokenItem } from '../../api/schema';
import { Answer } from '../../components/Answer';
import { Ask } from '../../components/Ask';
import { type Column, DataTable } from '../../components/DataTable';
import { Empty } from '../../components/Empty';
import { When } from '../../components/When';
import { t } from '../../i18n/text';
import { deleteAs } from '../../state/equivalents';
import { NewToken } from './NewToken';

type Asked = { what: 'new' } | { what: 'revoke'; name: string };

/** Tokens: who may do what. Each is shown once, when it is made. */
export function Tokens() {
  const [asked, setAsked] = useState<Asked | null>(null);
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: access.tokens, staleTime: 0 });
  const info = useQuery({ queryKey: ['info'], queryFn: api.info });
  const isFirst = tokens.data?.items.length === 0 && info.data?.hasKeys === false;
  const close = () => setAsked(null);
  return (
    <section className="block" aria-label={t('access.tokens')}>
      <div className="page-head">
        <h2>{t('access.tokens')}</h2>
        <button type="button" className="primary" onClick={() => setAsked({ what: 'new' })}>
          {t('access.new')}
        </button>
      </div>
      <Answer of={tokens} what={t('access.theTokens')}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('access.noToken')}>
              <p>{t('access.noTokenHint')}</p>
            </Empty>
          ) : (
            <DataTable label={t('access.tokens')} fits columns={columns(setAsked)} rows={items} keyOf={({ name }) => name} />
          )
        }
      </Answer>
      {asked?.what === 'new' && <NewToken isFirst={isFirst} onClose={close} />}
      {asked?.what === 'revoke' && <Revoke name={asked.name} onClose={close} />}
    </section>
  );
}

function columns(ask: (asked: Asked) => void): readonly Column<TokenItem>[] {
  return [
    { name: t('access.name'), width: 'minmax(90px, 1fr)', className: 'cut mono', cell: ({ name }) => name },
    { name: t('access.role'), width: '100px', cell: ({ role }) => t(`common.role_${role}`) },
    {
      name: t('access.bearer'),
      width: 'minmax(80px, 1fr)',
      className: 'cut',
      isWide: true,
      cell: ({ user, groups }) => [user, groups.join(', ')].filter(Boolean).join(' · ') || <span className="hint">–</span>,
    },
    { name: t('access.used'), width: '156px', className: 'cut', isWide: true, cell: ({ used }, now) => <When at={used} now={now} /> },
    {
      name: t('access.expires'),
      width: '156px',
      className: 'cut',
      isWide: true,
      cell: ({ expires, isExpired }, now) => (isExpired ? <strong>{t('access.expired')}</strong> : <When at={expires} now={now} />),
    },
    {
      name: t('access.change'),
      width: '110px',
      cell: ({ name }) => (
        <button type="button" className="small" aria-label={t('access.revokeOf', { name })} onClick={() => ask({ what: 'revoke', name })}>
          {t('access.revokeAsk')}
        </button>
      ),
    },
  ];
}

function Revoke({ name, onClose }: { name: string; onClose: () => void }) {
  const queries = useQueryClient();
  const revoke = async () => {
    await access.revokeToken(name);
    await queries.invalidateQueries({ queryKey: ['tokens'] });
  };
  return (
    <Ask
      title={t('access.revokeTitle', { name })}
      verb={t('access.revoke')}
      needs="admin"
      act={revoke}
      onClose={onClose}
      as={() => deleteAs(at`/tokens/${name}`)}
    >
      <p>{t('access.revokeHint')}</p>
    </Ask>
  );
}
