import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { isAway, onSignedOut } from './api/client';
import { localeTag, speak } from './i18n/text';
import { router } from './router';
import { tellCut } from './state/cutTexts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/buttons.css';
import './styles/status.css';
import './styles/problem.css';
import './styles/code.css';
import './styles/form.css';
import './styles/dialog.css';
import './styles/frame.css';
import './styles/page.css';
import './styles/lists.css';
import './styles/table.css';
import './styles/parts.css';
import './styles/forced.css';

/** A server that is starting again is asked so often before the page says that it does not answer. */
const RETRIES_MAX = 2;
const RETRY_MS = 500;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Streams say when something is to be asked for again.
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      // A browser that has no network may reach the server all the same; whether it does, only asking tells.
      networkMode: 'always',
      retry: (count, error) => isAway(error) && count < RETRIES_MAX,
      retryDelay: (count) => RETRY_MS * 2 ** count,
    },
    mutations: { networkMode: 'always' },
  },
});

document.addEventListener('pointerover', tellCut, { passive: true });
// Who goes through a page by keys points at nothing.
document.addEventListener('focusin', tellCut);

// What the server says of itself tells whether it wants a new session.
onSignedOut(() => void queries.invalidateQueries({ queryKey: ['info'] }));

async function begin(): Promise<void> {
  await speak();
  document.documentElement.lang = localeTag();
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

void begin();
