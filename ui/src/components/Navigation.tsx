import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { approvals } from '../api/approvals';
import { t } from '../i18n/text';
import { labelOf, PAGES } from '../state/pages';
import { Icon } from './Icon';

/** How often it is looked whether somebody is asked something, whatever page is open. */
const LOOK_MS = 15_000;

/** The pages. Where the window is narrow it is a sheet, which a button of the header opens. */
export function Navigation({ isOpen }: { isOpen: boolean }) {
  const asked = useQuery({
    queryKey: ['approvals', 'open'],
    queryFn: () => approvals.list('open'),
    refetchInterval: LOOK_MS,
  });
  const count = asked.data?.items.length ?? 0;
  return (
    <nav className={isOpen ? 'pages open' : 'pages'} aria-label={t('frame.pages')}>
      {PAGES.map(({ group, links }) => (
        <section key={group} aria-label={t(`frame.${group}`)}>
          <h2>{t(`frame.${group}`)}</h2>
          {links.map((link) => (
            <Link key={link.to} to={link.to} title={labelOf(link)}>
              <Icon of={link.to} />
              <span className="label">{labelOf(link)}</span>
              {link.to === '/approvals' && count > 0 && (
                <span className="count" aria-label={t('frame.waiting', { n: count })}>
                  {count}
                </span>
              )}
            </Link>
          ))}
        </section>
      ))}
    </nav>
  );
}
