import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { api, isAway } from '../api/client';
import { turnHold, useHeld } from '../api/held';
import { useConnection } from '../api/stream';
import { t, withTexts } from '../i18n/text';
import { useActs } from '../state/acts';
import { useChoice } from '../state/choice';
import { useChord, useKeys } from '../state/keys';
import { LINKS } from '../state/pages';
import { switchTheme, theme } from '../state/theme';
import { Account } from './Account';
import { Mark } from './Mark';
import { Navigation } from './Navigation';
import { Unanswered } from './Unanswered';

// It is there before the server is away: the page shows it from the beginning, and waits for nothing of it.
const Away = lazy(() => import('./Away').then(({ Away }) => ({ default: Away })));
const Mishap = lazy(() => import('./Mishap').then(({ Mishap }) => ({ default: Mishap })));
const SignIn = lazy(() => withTexts(import('../pages/SignIn'), 'session').then(({ SignIn }) => ({ default: SignIn })));
const Acts = lazy(() => withTexts(import('./Acts'), 'acts').then(({ Acts }) => ({ default: Acts })));
const KeySheet = lazy(() => withTexts(import('./KeySheet'), 'keys').then(({ KeySheet }) => ({ default: KeySheet })));
const Palette = lazy(() => withTexts(import('./Palette'), 'palette').then(({ Palette }) => ({ default: Palette })));

/** What readers do first. */
const ACTS = ['keydown', 'pointerdown'] as const;

/** A server that is away is asked so often whether it is back. */
const LOOK_MS = 3_000;

/** What stands around every page. */
export function Frame() {
  const info = useQuery({
    queryKey: ['info'],
    queryFn: api.info,
    refetchInterval: ({ state }) => (isAway(state.error) ? LOOK_MS : false),
  });
  const navigate = useNavigate();
  const [open, setOpen] = useState<'acts' | 'keys' | 'palette' | 'pages' | null>(null);
  const acts = useActs();
  useFocusOnNavigation(() => setOpen(null));
  useKeys({
    ...Object.fromEntries(LINKS.flatMap(({ to, key }) => (key ? [[`g ${key}`, () => void navigate({ to })]] : []))),
    t: switchTheme,
    // What was pressed just now may be answered while the dialog is open: it follows.
    c: () => setOpen('acts'),
    '?': () => setOpen('keys'),
  });
  useChord('k', () => setOpen('palette'));
  if (!info.data) return <Unanswered of={info}>{null}</Unanswered>;
  if (info.data.needsSignIn) return <Suspense><SignIn hasKeys={info.data.hasKeys} /></Suspense>;
  const close = () => setOpen(null);
  return (
    <div className="frame">
      <a className="skip" href="#main">
        {t('frame.skip')}
      </a>
      <header className="top">
        <button
          type="button"
          className="quiet pages-button"
          aria-expanded={open === 'pages'}
          onClick={() => setOpen(open === 'pages' ? null : 'pages')}
        >
          {t('frame.pages')}
        </button>
        <Link to="/overview" className="brand" aria-label={t('frame.home')}>
          <Mark />
          <span>Compasso</span>
        </Link>
        <search>
          <button type="button" className="find" onClick={() => setOpen('palette')}>
            {t('frame.find')} <kbd>Ctrl K</kbd>
          </button>
        </search>
        <div className="top-end">
          <LiveSign />
          {acts[0] && (
            <button type="button" className="quiet acts-button" onClick={() => setOpen('acts')}>
              {t('frame.acts')} <kbd>c</kbd>
            </button>
          )}
          <ThemeButton />
          <button type="button" className="quiet keys-button" onClick={() => setOpen('keys')}>
            {t('frame.keys')} <kbd>?</kbd>
          </button>
          {info.data.account && <Account name={info.data.user ?? info.data.account} account={info.data.account} />}
        </div>
      </header>
      <Navigation isOpen={open === 'pages'} />
      <main id="main" tabIndex={-1}>
        <Suspense><Away /><Mishap /></Suspense>
        <Outlet />
      </main>
      <Suspense>
        {open === 'acts' && <Acts acts={acts} onClose={close} />}
        {open === 'keys' && <KeySheet onClose={close} />}
        {open === 'palette' && <Palette onActs={() => setOpen('acts')} onClose={close} />}
      </Suspense>
    </div>
  );
}

function LiveSign() {
  const connection = useConnection();
  const held = useHeld();
  if (connection === 'none') return null;
  const shown = held === null ? connection : 'paused';
  return (
    <>
      <span className={`live live-${shown}`} role="status">
        <span className="live-dot" aria-hidden="true" />
        {held ? t('frame.held', { n: held }) : t(`frame.${shown}`)}
      </span>
      <button type="button" className="quiet hold-button" aria-pressed={held !== null} title={t('frame.hold')} aria-label={t('frame.hold')} onClick={turnHold}>
        <svg className="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
          <path d={held === null ? 'M5.5 4v8M10.5 4v8' : 'M5.5 3.5v9L12.5 8z'} />
        </svg>
      </button>
    </>
  );
}

function ThemeButton() {
  const chosen = useChoice(theme);
  return (
    <button type="button" className="quiet theme-button" onClick={switchTheme}>
      {t(`frame.theme_${chosen}`)}
    </button>
  );
}

/** Another page is read from its heading on, and nothing stays open over it. */
function useFocusOnNavigation(arrive: () => void): void {
  // Whoever writes an address may mask the colons of an ARN; it is the same page.
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname.replaceAll('%3A', ':') });
  const [first, setFirst] = useState<string | undefined>(undefined);
  const leave = useRef(() => {});
  useEffect(() => {
    if (path === undefined || path === first) return;
    // The page that the browser opened keeps the focus where the browser has it.
    if (first !== undefined) {
      arrive();
      leave.current();
      leave.current = readFromHeading();
    }
    setFirst(path);
  }, [path, first, arrive]);
}

/** Gives the focus to the heading of the page, and to the one that takes its place, until the reader does something. */
function readFromHeading(): () => void {
  const main = document.getElementById('main')!;
  const focus = () => (main.querySelector<HTMLElement>('h1') ?? main).focus();
  const observer = new MutationObserver(() => {
    if ([main, document.body, null].includes(document.activeElement as HTMLElement | null)) focus();
  });
  focus();
  observer.observe(main, { childList: true, subtree: true });
  const leave = () => {
    observer.disconnect();
    for (const act of ACTS) document.removeEventListener(act, leave, true);
  };
  for (const act of ACTS) document.addEventListener(act, leave, true);
  return leave;
}
