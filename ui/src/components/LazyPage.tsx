import { type ComponentType, useEffect, useState } from 'react';
import type { Area } from '../i18n/catalogue';
import { load as loadTexts, t } from '../i18n/text';

/** Pause between two tries while a page does not come. */
const PAUSE_MS = 3_000;
/** A file that is there as long as the server is. */
const SIGN_OF_LIFE = '/theme.js';
/** The page that was begun anew, as long as that has not helped. */
const RELOADED = 'compasso.reloaded';

/** A page that is fetched when it is opened, with the texts that it shows. One that does not come is tried again. */
export function lazyPage<Name extends string>(fetch: () => Promise<Record<Name, ComponentType>>, name: Name, ...areas: Area[]) {
  let found: ComponentType | null = null;
  const load = async () => {
    const [module] = await Promise.all([fetch(), loadTexts(...areas)]);
    found = module[name];
    noteReload(null);
  };
  function LazyPage() {
    const [failure, setFailure] = useState<Error | null>(null);
    const [, setCome] = useState(false);
    useEffect(() => {
      if (!found) load().then(() => setCome(true), setFailure);
    }, []);
    if (found) {
      const Found = found;
      return <Found />;
    }
    return failure && <NotLoaded first={failure} attempt={load} onCome={() => setCome(true)} />;
  }
  /** The page before stays until this one is there. */
  LazyPage.preload = () => load().catch(() => undefined);
  return LazyPage;
}

/** Says that a page did not come, and goes on trying until it is clear that this does not help. */
function NotLoaded({ first, attempt, onCome }: { first: Error; attempt: () => Promise<void>; onCome: () => void }) {
  const [failure, setFailure] = useState(first);
  const [isHopeless, setHopeless] = useState(false);
  const again = async () => {
    try {
      await attempt();
      onCome();
    } catch (error) {
      setFailure(error as Error);
      // A server that was replaced has other files: the page then begins anew. One that is away has none, and nothing is lost.
      if (!(await isThere())) return;
      if (wasReloaded()) return setHopeless(true);
      noteReload(location.pathname);
      location.reload();
    }
  };
  useEffect(() => {
    if (isHopeless) return;
    const timer = setInterval(() => void again(), PAUSE_MS);
    return () => clearInterval(timer);
  }, [isHopeless]);
  if (isHopeless) return <Broken error={failure} />;
  return (
    <Unloaded title={t('common.notLoaded')} error={failure} again={() => void again()}>
      {t('common.notLoadedHint')}
    </Unloaded>
  );
}

/** What stands in for a page that broke. */
export function Broken({ error }: { error: Error }) {
  return (
    <Unloaded title={t('common.broken')} error={error} again={() => void isThere().then((is) => is && location.reload())}>
      {t('common.brokenHint')}
    </Unloaded>
  );
}

function Unloaded({ title, error, again, children }: { title: string; error: Error; again: () => void; children: string }) {
  return (
    <div className="empty" role="alert">
      <h1 tabIndex={-1}>{title}</h1>
      <p className="mono break">{error.message}</p>
      <p className="hint">{children}</p>
      <button type="button" onClick={again}>{t('common.tryAgain')}</button>
    </div>
  );
}

async function isThere(): Promise<boolean> {
  const answer = await fetch(SIGN_OF_LIFE, { cache: 'no-store' }).catch(() => null);
  return answer?.ok === true;
}

/** Where nothing can be kept, it counts as done: a page that reloads for ever is worse than one that does not. */
function wasReloaded(): boolean {
  try {
    return sessionStorage.getItem(RELOADED) === location.pathname;
  } catch {
    return true;
  }
}

function noteReload(page: string | null): void {
  try {
    if (page === null) sessionStorage.removeItem(RELOADED);
    else sessionStorage.setItem(RELOADED, page);
  } catch {
    // Storage may be switched off.
  }
}
