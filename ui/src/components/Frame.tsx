import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { api } from '../api/client';
import { type Connection, useConnection } from '../api/stream';
import { useKeys } from '../state/keys';
import { switchTheme, useTheme } from '../state/theme';
import { Mark } from './Mark';
import { Problem } from './Problem';

const SignIn = lazy(() => import('../pages/SignIn').then(({ SignIn }) => ({ default: SignIn })));
const KeySheet = lazy(() => import('./KeySheet').then(({ KeySheet }) => ({ default: KeySheet })));

const CONNECTION: Record<Connection, string> = {
  live: 'Live',
  connecting: 'Reconnecting…',
  paused: 'Paused',
};

/** What stands around every page. */
export function Frame() {
  const info = useQuery({ queryKey: ['info'], queryFn: api.info });
  const navigate = useNavigate();
  const [isSheetOpen, setSheetOpen] = useState(false);
  useFocusOnNavigation();
  useKeys({
    'g r': () => void navigate({ to: '/runs' }),
    t: switchTheme,
    '?': () => setSheetOpen(true),
  });
  if (info.isLoadingError) return <Problem error={info.error} retry={() => void info.refetch()} />;
  if (!info.data) return null;
  if (info.data.needsSignIn) return <Suspense><SignIn /></Suspense>;
  return (
    <div className="frame">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="top">
        <Link to="/runs" className="brand" aria-label="Compasso, runs">
          <Mark />
          <span>Compasso</span>
        </Link>
        <nav aria-label="Pages">
          <Link to="/runs">Runs</Link>
        </nav>
        <div className="top-end">
          <LiveSign />
          <ThemeButton />
          <button type="button" className="quiet" onClick={() => setSheetOpen(true)}>
            Keys <kbd>?</kbd>
          </button>
          {info.data.account && <Account account={info.data.account} />}
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
      {isSheetOpen && <Suspense><KeySheet onClose={() => setSheetOpen(false)} /></Suspense>}
    </div>
  );
}

function LiveSign() {
  const connection = useConnection();
  return (
    <span className={`live live-${connection}`} role="status">
      <span className="live-dot" aria-hidden="true" />
      {CONNECTION[connection]}
    </span>
  );
}

function ThemeButton() {
  const theme = useTheme();
  return (
    <button type="button" className="quiet" onClick={switchTheme}>
      Theme: {theme}
    </button>
  );
}

function Account({ account }: { account: string }) {
  const queries = useQueryClient();
  const leave = async () => {
    await api.signOut();
    queries.clear();
    await queries.refetchQueries({ queryKey: ['info'] });
    location.reload();
  };
  return (
    <button type="button" className="quiet" onClick={() => void leave()}>
      Sign out of {account}
    </button>
  );
}

/** Another page is read from its heading on. */
function useFocusOnNavigation(): void {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [first] = useState(path);
  useEffect(() => {
    if (path === first) return;
    const heading = document.querySelector<HTMLElement>('main h1') ?? document.getElementById('main');
    heading?.focus();
  }, [path, first]);
}
