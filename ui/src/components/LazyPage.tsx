import { type ComponentType, useEffect, useState } from 'react';
import type { Area } from '../i18n/catalogue';
import { load as loadTexts, t } from '../i18n/text';

/** Pause between two tries while a page does not come. */
const PAUSE_MS = 3_000;
/** A file that is there as long as the server is. */
const SIGN_OF_LIFE = '/theme.js';

/** A page that is fetched when it is opened, with the texts that it shows. One that does not come is tried again. */
export function lazyPage<Name extends string>(fetch: () => Promise<Record<Name, ComponentType>>, name: Name, ...areas: Area[]) {
  let found: ComponentType | null = null;
  const load = async () => {
    const [module] = await Promise.all([fetch(), loadTexts(...areas)]);
    found = module[name];
  };
  function LazyPage() {
    const [hasFailed, setFailed] = useState(false);
    const [, setCome] = useState(false);
    const attempt = () => load().then(() => setCome(true), () => setFailed(true));
    useEffect(() => {
      if (!found) void attempt();
    }, []);
    if (found) {
      const Found = found;
      return <Found />;
    }
    return hasFailed ? <NotLoaded attempt={load} onCome={() => setCome(true)} /> : null;
  }
  /** The page before stays until this one is there. */
  LazyPage.preload = () => load().catch(() => undefined);
  return LazyPage;
}

/** Says that a page did not come, and goes on trying. */
function NotLoaded({ attempt, onCome }: { attempt: () => Promise<void>; onCome: () => void }) {
  const again = async () => {
    try {
      await attempt();
      onCome();
    } catch {
      await reloadIfThere();
    }
  };
  useEffect(() => {
    const timer = setInterval(() => void again(), PAUSE_MS);
    return () => clearInterval(timer);
  }, []);
  return <Unloaded title={t('common.notLoaded')} again={() => void again()} />;
}

/** What stands in for a page that broke. */
export function Broken({ error }: { error: Error }) {
  return (
    <Unloaded title={t('common.broken')} again={() => void reloadIfThere()}>
      <p className="mono break">{error.message}</p>
    </Unloaded>
  );
}

function Unloaded({ title, again, children }: { title: string; again: () => void; children?: React.ReactNode }) {
  return (
    <div className="empty" role="alert">
      <h1 tabIndex={-1}>{title}</h1>
      {children}
      <p className="hint">{t('common.notLoadedHint')}</p>
      <button type="button" onClick={again}>{t('common.tryAgain')}</button>
    </div>
  );
}

/** A server that was replaced has other files: the page then begins anew. One that is away has none, and nothing is lost. */
async function reloadIfThere(): Promise<void> {
  const answer = await fetch(SIGN_OF_LIFE, { cache: 'no-store' }).catch(() => null);
  if (answer?.ok) location.reload();
}
