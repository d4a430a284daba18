/** The pages of the navigation. */
export interface PageLink {
  to: '/overview' | '/runs' | '/approvals' | '/schedules' | '/workflows' | '/pipelines' | '/workers' | '/secrets' | '/settings';
  label: string;
  /** The key after `g` that goes there. */
  key?: string;
}

export const PAGES: readonly { group: string; links: readonly PageLink[] }[] = [
  {
    group: 'Operate',
    links: [
      { to: '/overview', label: 'Overview', key: 'o' },
      { to: '/runs', label: 'Runs', key: 'r' },
      { to: '/approvals', label: 'Approvals', key: 'a' },
      { to: '/schedules', label: 'Schedules', key: 's' },
    ],
  },
  {
    group: 'Build',
    links: [
      { to: '/workflows', label: 'Workflows', key: 'w' },
      { to: '/pipelines', label: 'Pipelines', key: 'p' },
    ],
  },
  {
    group: 'Platform',
    links: [
      { to: '/workers', label: 'Workers & queues', key: 'q' },
      { to: '/secrets', label: 'Secrets & connections' },
      { to: '/settings', label: 'Settings' },
    ],
  },
];

export const LINKS: readonly PageLink[] = PAGES.flatMap(({ links }) => links);
