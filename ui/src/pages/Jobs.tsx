import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { jobs } from '../api/jobs';
import type { JobView } from '../api/schema';
import { Answer } from '../components/Answer';
import { type Column, DataTable } from '../components/DataTable';
import { Empty } from '../components/Empty';
import { Status } from '../components/Glyph';
import { Page } from '../components/Page';
import { When } from '../components/When';
import { t } from '../i18n/text';
import { useFresh } from '../state/fresh';
import { JOB_STATUS, queryText } from '../state/jobs';
import '../styles/bulk.css';

/** What was done with many runs at once. */
export function Jobs() {
  const navigate = useNavigate();
  const list = useQuery({ queryKey: ['jobs'], queryFn: () => jobs.list() });
  useFresh(['jobs']);
  return (
    <Page title={t('bulk.jobs')} crumbs={<Link to="/runs">{t('frame.runs')}</Link>} fills>
      <Answer of={list} what={t('bulk.theJobs')}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty title={t('bulk.none')}>
              <p>{t('bulk.noneHint')}</p>
            </Empty>
          ) : (
            <>
              <DataTable
                label={t('bulk.jobs')}
                columns={columns()}
                rows={items}
                keyOf={({ id }) => id}
                onOpen={({ id }) => void navigate({ to: '/jobs/$id', params: { id } })}
              />
              {next && <p className="hint">{t('bulk.onlyLatest')}</p>}
            </>
          )
        }
      </Answer>
    </Page>
  );
}

function columns(): readonly Column<JobView>[] {
  return [
    {
      name: t('bulk.state'),
      width: '132px',
      narrow: '104px',
      cell: ({ state }) => <Status status={JOB_STATUS[state]} word={t(`bulk.${state}`)} />,
    },
    {
      name: t('bulk.job'),
      width: 'minmax(120px, 1.2fr)',
      narrow: 'minmax(80px, 1fr)',
      className: 'cut',
      cell: ({ id, action, total }) => (
        <Link to="/jobs/$id" params={{ id }} className="row-link">
          {t(`bulk.${action}Verb`, { n: total })}
        </Link>
      ),
    },
    {
      name: t('runs.query'),
      width: 'minmax(90px, 2fr)',
      className: 'cut mono',
      isWide: true,
      cell: ({ runs }) => (runs ? queryText(runs) || t('bulk.allRuns') : t('bulk.named')),
    },
    { name: t('bulk.run_refused'), width: '84px', narrow: '72px', className: 'number', cell: ({ counts }) => counts.refused },
    { name: t('runs.started'), width: '130px', className: 'cut', isWide: true, cell: ({ created }, now) => <When at={created} now={now} /> },
    { name: t('bulk.by'), width: '110px', className: 'cut', isWide: true, cell: ({ by }) => by },
  ];
}
