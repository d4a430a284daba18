import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `npm run dev` shows the console of this server.
const server = process.env['COMPASSO_ENDPOINT'] ?? 'http://127.0.0.1:8400';

/** The texts of a language carry its name: a browser loads those of one. */
const languageOf = (module: string | null) => {
  const language = /\/i18n\/(\w+)\/\w+\.json$/.exec(module ?? '')?.[1];
  return language === undefined ? '' : `.${language}`;
};

/**
 * What nearly every page needs of these directories is one file: so it is compressed better than piece by piece. What the
 * shell itself needs stays there.
 */
const PARTS = new RegExp(
  String.raw`/src/(components/(ActButton|Answer|Ask|Command|Empty|Equivalents|Field|Glyph|JsonView|Modal|Page|Split|Tabs|When)` +
    String.raw`|state/(arn|density|equivalents|format|fresh|now|role|status|stepStore)|i18n/rich|api/(operate|pipelines|runs|workflows))\.tsx?$`,
);

export default defineConfig({
  plugins: [react()],
  // The content security policy allows no data in place of fonts and scripts.
  build: {
    assetsInlineLimit: 0,
    // The lists of what belongs to each page would be a part of the shell.
    modulePreload: false,
    chunkSizeWarningLimit: 600,
    rollupOptions: {
      output: {
        chunkFileNames: ({ facadeModuleId }) => `assets/[name]${languageOf(facadeModuleId)}-[hash].js`,
        codeSplitting: { groups: [{ name: 'parts', test: PARTS }], includeDependenciesRecursively: false },
      },
    },
  },
  server: { proxy: { '/api': { target: server, changeOrigin: true } } },
  test: { include: ['src/**/*.test.{ts,tsx}'], setupFiles: ['src/i18n/setup.ts'] },
});
