import type { PageLink } from '../state/pages';

/** Strokes in a square of 16: the navigation alone has icons, for when it is narrow. */
const PATHS: Record<PageLink['to'], string> = {
  '/overview': 'M2.5 13.5h11M4.5 11V7.5M8 11V3.5M11.5 11V5.5',
  '/runs': 'M2.5 4h11M2.5 8h11M2.5 12h7',
  '/approvals': 'M8 2.2 13.8 8 8 13.8 2.2 8zM5.9 8l1.5 1.5 2.8-3',
  '/schedules': 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2M8 4.9V8l2.2 1.6',
  '/workflows': 'M6 2.5h4v3H6zM2.5 10.5h4v3h-4zM9.5 10.5h4v3h-4zM8 5.5V8M4.5 10.5V8h7v2.5',
  '/pipelines': 'M2.5 3h3v3h-3zM2.5 10h3v3h-3zM10.5 6.5h3v3h-3zM5.5 4.5h2V8h3M5.5 11.5h2V8',
  '/studio': 'M3 13l.8-3L11 2.8l2.2 2.2L6 12.2zM9.5 4.3l2.2 2.2M8.5 13.5h5',
  '/workers': 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01',
  '/secrets': 'M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5M8 10v1.5',
  '/settings': 'M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M8.5 3.5v3M4.5 9.5v3',
};

export function Icon({ of }: { of: PageLink['to'] }) {
  return (
    <svg className="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[of]} />
    </svg>
  );
}
