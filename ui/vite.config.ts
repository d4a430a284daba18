import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `npm run dev` shows the console of this server.
const server = process.env['COMPASSO_ENDPOINT'] ?? 'http://127.0.0.1:8400';

/** The texts of a language carry its name: a browser loads those of one. */
const languageOf = (module: string | null) => {
  const language = /\/i18n\/(\w+)\/\w+\.json$/.exec(module ?? '')?.[1];
  return language === undefined ? '' : `.${language}`;
};

export default defineConfig({
  plugins: [react()],
  // The content security policy allows no data in place of fonts and scripts.
  build: {
    assetsInlineLimit: 0,
    // The lists of what belongs to each page would be a part of the shell.
    modulePreload: false,
    chunkSizeWarningLimit: 600,
    rollupOptions: { output: { chunkFileNames: ({ facadeModuleId }) => `assets/[name]${languageOf(facadeModuleId)}-[hash].js` } },
  },
  server: { proxy: { '/api': { target: server, changeOrigin: true } } },
  test: { include: ['src/**/*.test.{ts,tsx}'], setupFiles: ['src/i18n/setup.ts'] },
});
