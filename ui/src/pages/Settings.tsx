import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { api } from '../api/client';
import { platform } from '../api/platform';
import type { NodeView } from '../api/schema';
import { Answer } from '../components/Answer';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { Status } from '../components/Glyph';
import { Page } from '../components/Page';
import { Tabs } from '../components/Tabs';
import { LANGUAGES, language } from '../i18n/language';
import { type Choice, useChoice } from '../state/choice';
import { t } from '../i18n/text';
import { density } from '../state/density';
import { duration } from '../state/format';
import { useFresh } from '../state/fresh';
import { useRefusal } from '../state/role';
import { theme } from '../state/theme';
import { chooseZone, chosenZone } from '../state/zone';
import '../styles/access.css';

/** Where the server describes its REST interface. */
const REST = '/api/v1/openapi.json';

const Tokens = lazy(() => import('./settings/Tokens').then(({ Tokens }) => ({ default: Tokens })));
const Audit = lazy(() => import('./settings/Audit').then(({ Audit }) => ({ default: Audit })));
const route = getRouteApi('/settings');

/** What the reader prefers, what the server is, who may use it, and what was done. */
export function Settings() {
  const { tab = 'general' } = route.useSearch();
  const navigate = useNavigate();
  const refusal = useRefusal('admin');
  const tabs = (['general', 'tokens', 'audit'] as const).map((id) => ({ id, label: t(`settings.${id}`) }));
  const choose = (id: typeof tab) => void navigate({ to: '/settings', search: id === 'general' ? {} : { tab: id } });
  return (
    <Page title={t('frame.settings')} fills={tab === 'audit'}>
      <Tabs label={t('frame.settings')} tabs={tabs} current={tab} onChange={choose}>
        <div className="settings-tab">
          {tab === 'general' ? (
            <General />
          ) : refusal ? (
            <Empty title={t('settings.admins')}>
              <p>{refusal}</p>
            </Empty>
          ) : (
            <Suspense>{tab === 'tokens' ? <Tokens /> : <Audit />}</Suspense>
          )}
        </div>
      </Tabs>
    </Page>
  );
}

function General() {
  return (
    <>
      <section className="block" aria-label={t('settings.appearance')}>
        <h2>{t('settings.appearance')}</h2>
        <p className="hint">{t('settings.kept')}</p>
        <Options label={t('settings.theme')} of={theme} wordOf={(value) => t(`settings.${value}`)} />
        <Options label={t('settings.rows')} of={density} wordOf={(value) => t(`settings.${value}`)} />
        <Languages />
        <Zones />
      </section>
      <About />
    </>
  );
}

function About() {
  const info = useQuery({ queryKey: ['info'], queryFn: api.info });
  useFresh(['info']);
  return (
    <section className="block" aria-label={t('settings.about')}>
      <h2>{t('settings.about')}</h2>
      <Answer of={info} what={t('settings.aboutWhat')}>
        {({ version, zoneData, account, user, role }) => (
          <dl className="facts-list">
            <div>
              <dt>Compasso</dt>
              <dd>{version}</dd>
            </div>
            {zoneData && (
              <div>
                <dt>{t('settings.zones')}</dt>
                <dd>{zoneData}</dd>
              </div>
            )}
            <div>
              <dt>{t('settings.signedIn')}</dt>
              <dd>{account ? [user, role && t(`common.role_${role}`), account].filter(Boolean).join(' · ') : t('settings.nobody')}</dd>
            </div>
            <div>
              <dt>{t('settings.rest')}</dt>
              <dd>
                <a href={REST} target="_blank" rel="noreferrer">
                  {REST}
                </a>
              </dd>
            </div>
            <div>
              <dt>{t('settings.licence')}</dt>
              <dd>Apache License 2.0</dd>
            </div>
          </dl>
        )}
      </Answer>
      <p className="hint">{t('settings.keysHint', { place: '[[auth.keys]]' })}</p>
      <Nodes />
    </section>
  );
}

const NODE = { owner: 'succeeded', standby: 'waiting', aside: 'failed', silent: 'failed' } as const;

/** The servers on the store, and which of them works. */
function Nodes() {
  const nodes = useQuery({ queryKey: ['nodes'], queryFn: platform.nodes });
  useFresh(['nodes']);
  const columns: readonly Column<NodeView>[] = [
    { name: t('settings.state'), width: '120px', cell: ({ role, reason }) => <span title={reason}><Status status={NODE[role]} word={t(`settings.node_${role}`)} /></span> },
    { name: t('settings.server'), width: 'minmax(90px, 1fr)', className: 'cut mono', cell: ({ address }) => address },
    { name: t('settings.host'), width: 'minmax(90px, 1fr)', className: 'cut', isWide: true, cell: ({ host, build }) => `${host} · ${build}` },
    { name: t('settings.seen'), width: '120px', className: 'number', cell: ({ ageSeconds }) => t('settings.ago', { duration: duration(ageSeconds * 1_000) }) },
  ];
  return (
    <>
      <h3>{t('settings.servers')}</h3>
      <Answer of={nodes} what={t('settings.theServers')}>
        {({ items }) => (items.length === 0 ? <p className="hint">{t('settings.oneServer')}</p> : <DataTable label={t('settings.servers')} fits columns={columns} rows={items} keyOf={({ id }) => id} />)}
      </Answer>
    </>
  );
}

/** The address says what is shown: loading it again shows the same in the other language. */
function Languages() {
  const [chosen, setChosen] = useState(language.get);
  const choose = (value: typeof chosen) => {
    setChosen(value);
    language.set(value);
    location.reload();
  };
  return (
    <div className="options">
      <label className="named">
        <span>{t('settings.language')}</span>
        <select value={chosen} onChange={({ target }) => choose(target.value as typeof chosen)}>
          <option value="browser">{t('settings.browser')}</option>
          {Object.entries(LANGUAGES).map(([value, name]) => (
            <option key={value} value={value} lang={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** Times are shown as the clocks of a zone show them, that of the browser if no other is chosen. */
function Zones() {
  const choose = (zone: string) => {
    chooseZone(zone || null);
    location.reload();
  };
  return (
    <div className="options">
      <label className="named">
        <span>{t('settings.zone')}</span>
        <select value={chosenZone() ?? ''} onChange={({ target }) => choose(target.value)}>
          <option value="">{t('settings.ofBrowser', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}</option>
          {['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')].map((zone) => (
            <option key={zone} value={zone}>{zone}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

interface OptionsProps<T extends string> {
  label: string;
  of: Choice<T>;
  wordOf: (value: T) => string;
}

function Options<T extends string>({ label, of, wordOf }: OptionsProps<T>) {
  const chosen = useChoice(of);
  return (
    <fieldset className="options">
      <legend>{label}</legend>
      {of.values.map((value) => (
        <label key={value}>
          <input type="radio" name={of.key} checked={value === chosen} onChange={() => of.set(value)} />
          {wordOf(value)}
        </label>
      ))}
    </fieldset>
  );
}
