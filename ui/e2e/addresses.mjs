// The pages of a server that was filled by `seed`.

/** Returns the address of each page, and what tells that it has come. */
export function addresses({ good }) {
  const run = `/runs/${encodeURIComponent(good)}`;
  return [
    ['/overview', '.attention'],
    ['/runs', '.row-link'],
    ['/approvals?tab=closed', '.row-link, .empty'],
    ['/schedules', '.row-link'],
    ['/workflows', '.row-link'],
    ['/pipelines', '.row-link'],
    ['/pipelines/nightly-report', '.cell'],
    ['/pipelines/nightly-report?tab=graph', '[data-heat]'],
    ['/pipelines/nightly-report?tab=metrics', '.metrics-figures'],
    ['/pipelines/nightly-report?tab=triggers', '.row-link'],
    ['/pipelines/nightly-report?tab=backfills', '.empty, .row'],
    ['/pipelines/nightly-report?tab=versions', '.diff'],
    ['/pipelines/nightly-report?tab=code', '.json pre'],
    ['/studio', '.empty, .row-link'],
    ['/workers', '.stale'],
    [run, '[data-step], .steps'],
    [`${run}?tab=timeline`, '.timeline-bar'],
    [`${run}?tab=events&rows=all`, '.events .row:nth-child(3)'],
    [`${run}?tab=events&rows=compact`, '.row:nth-child(2)'],
    ['/history', '.drop'],
    [`${run}?tab=logs`, '.log-line'],
    [`${run}?tab=data`, '.json-lines'],
    ['/secrets', '.row .small, .hint'],
    ['/settings', '.options'],
    ['/settings?tab=audit', '.audit .action'],
  ];
}
