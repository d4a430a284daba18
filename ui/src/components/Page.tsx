import { type ReactNode, useEffect } from 'react';

interface Props {
  title: string;
  /** What stands in the title of the tab, if that is more than the heading. */
  tab?: string;
  /** Where the page belongs. */
  crumbs?: ReactNode;
  actions?: ReactNode;
  /** Whether one part of the page takes all the room that is left and scrolls by itself. */
  fills?: boolean;
  children: ReactNode;
}

/** A page with its heading. */
export function Page({ title, tab = title, crumbs, actions, fills = false, children }: Props) {
  useEffect(() => {
    document.title = `${tab} · Compasso`;
  }, [tab]);
  return (
    <div className={fills ? 'page fills' : 'page'}>
      {crumbs && <p className="crumbs">{crumbs}</p>}
      <div className="page-head">
        <h1 tabIndex={-1}>{title}</h1>
        {actions && <div className="actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
