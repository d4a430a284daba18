import { t } from '../i18n/text';

/** The pages of the navigation. */
export interface PageLink {
  to: '/overview' | '/runs' | '/approvals' | '/schedules' | '/workflows' | '/pipelines' | '/studio' | '/workers' | '/secrets' | '/settings';
  /** The key after `g` that goes there. */
  key?: string;
}

type Name<Path> = Path extends `/${infer Page}` ? Page : never;

/** Returns what a page is called. */
export function labelOf({ to }: PageLink): string {
  return t(`frame.${to.slice(1) as Name<typeof to>}`);
}

export const PAGES: readonly { group: 'operate' | 'build' | 'platform'; links: readonly PageLink[] }[] = [
  {
    group: 'operate',
    links: [
      { to: '/overview', key: 'o' },
      { to: '/runs', key: 'r' },
      { to: '/approvals', key: 'a' },
      { to: '/schedules', key: 's' },
    ],
  },
  {
    group: 'build',
    links: [
      { to: '/workflows', key: 'w' },
      { to: '/pipelines', key: 'p' },
      { to: '/studio', key: 't' },
    ],
  },
  {
    group: 'platform',
    links: [{ to: '/workers', key: 'q' }, { to: '/secrets' }, { to: '/settings' }],
  },
];

export const LINKS: readonly PageLink[] = PAGES.flatMap(({ links }) => links);
