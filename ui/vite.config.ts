import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `npm run dev` shows the console of this server.
const server = process.env['COMPASSO_ENDPOINT'] ?? 'http://127.0.0.1:8400';

/** Texts that every page shows, and those of the page of a run: each page waits for as little as can be. */
const EVERYWHERE = ['common', 'frame', 'status', 'units'];
const OF_RUNS = ['again', 'data', 'graph', 'logs', 'mapRun', 'run', 'server', 'steer', 'timeline'];

/** The texts of a language carry its name: a browser loads those of one. */
const textsOf = (module: string) => {
  const [, language, area = ''] = /\/i18n\/(\w+)\/(\w+)\.json$/.exec(module) ?? [];
  if (language === undefined || EVERYWHERE.includes(area)) return null;
  return `${OF_RUNS.includes(area) ? 'run' : 'texts'}.${language}`;
};
const languageOf = (module: string | null) => {
  const language = /\/i18n\/(\w+)\/\w+\.json$/.exec(module ?? '')?.[1];
  return language === undefined ? '' : `.${language}`;
};

/**
 * What is looked at together is one file: so it is compressed better than piece by piece. What the shell itself needs
 * stays there.
 */
const PARTS = new RegExp(
  String.raw`/src/(components/(ActButton|Answer|Command|Empty|Glyph|JsonView|Modal|Page|Split|Tabs|When)` +
    String.raw`|state/(arn|density|format|fresh|groupBy|now|pacer|params|role|status|stepStore|zone)|i18n/rich|api/(operate|pipelines|runs|workflows))\.tsx?$`,
);
/** What asks before something is done. */
const DIALOGS = /\/src\/(components\/(Ask|Equivalents|Field|LabelsField)|state\/(commands|equivalents|labels))\.tsx?$/;
/** What lists and forms are made of. */
const TABLES = new RegExp(
  String.raw`/src/(components/(CodeView|CountsBar|DataTable|DismissDialog|Dismissed|FilterField|FirstStart|FormOrJson|JsonText|ListTable|Markdown|markColumn|ParamFields|Tags)` +
    String.raw`|state/(address|aliases|files|inputForm|jobs|jsonText|list|marks|media|people|queryWords|runColumns|runFilter|runQuery|scheduleStates|scheduleWords|since|sorting|versionPair)` +
    String.raw`|data/jsonRows|sample/sample|api/(access|platform))\.tsx?$`,
);
const TOGETHER = [
  { name: 'parts', test: PARTS },
  { name: 'client', test: /\/src\/(api\/(client|reach)|components\/(CopyButton|Problem|Unanswered))\.tsx?$/ },
  { name: 'dialogs', test: DIALOGS },
  { name: 'tables', test: TABLES },
  { name: textsOf },
  { name: 'ofRun', test: /\/src\/pages\/run\/step\/(Again|AtWork|Files|MoreOfState|Release)\.tsx$/ },
  { name: 'around', test: /\/src\/(components\/(Away|Mishap)|state\/mishap)\.tsx?$/ },
  { name: 'operate', test: /\/src\/pages\/(approvals\/|secrets\/|settings\/|workers\/|Approvals|Secrets|Settings|Workers|Job)/ },
  { name: 'pipelines', test: /\/src\/(pages\/(pipeline\/|schedules\/|Pipeline|Schedules)|state\/(gridChoice|gridRows|scheduleDraft|wall))/ },
  { name: 'lists', test: /\/src\/(pages\/(runs\/|overview\/|workflows\/|Runs|Overview|Workflow)|components\/(Aliases|Outcomes|heat))/ },
  { name: 'history', test: /\/src\/(pages\/(history\/|History)|state\/history)/ },
  { name: 'tabs', test: /\/src\/pages\/run\/(events|timeline|CompareData|DataTab|DefinitionTab|EventsTab|Instances|Log|MapRun|InstanceFailures|SourceText|StartAgain|StepList|TimelineTab|useLog)/ },
];

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
        codeSplitting: { groups: TOGETHER, includeDependenciesRecursively: false },
      },
    },
  },
  server: { proxy: { '/api': { target: server, changeOrigin: true } } },
  test: { include: ['src/**/*.test.{ts,tsx}'], setupFiles: ['src/i18n/setup.ts'] },
});
