import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { onSignedOut, RequestError } from './api/client';
import { localeTag, speak } from './i18n/text';
import { router } from './router';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/table.css';
import './styles/parts.css';
import './styles/forced.css';

/** A server that is starting again is asked so often. */
const RETRIES_MAX = 3;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Streams say when something is to be asked for again.
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      retry: (count, error) => {
        const isAway = error instanceof RequestError && (error.status === 0 || error.status === 503);
        return isAway && count < RETRIES_MAX;
      },
    },
  },
});

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
