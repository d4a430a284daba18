import { Command } from '../../components/Command';
import { Empty } from '../../components/Empty';
import { FirstStart } from '../../components/FirstStart';
import { t } from '../../i18n/text';
import type { RunsSearch } from '../../router';
import { workflowName } from '../../state/arn';
import { ofRun, wordOf } from '../../state/status';

interface Props {
  search: RunsSearch;
  isFiltered: boolean;
  hasWorkflows: boolean;
  onClear: () => void;
}

/** Says why the list is empty and what to do. */
export function NoRuns({ search, isFiltered, hasWorkflows, onClear }: Props) {
  if (isFiltered) {
    return (
      <Empty title={t('runs.noneFits')}>
        <p className="mono break">{told(search)}</p>
        <button type="button" onClick={onClear}>
          {t('runs.showAll')}
        </button>
      </Empty>
    );
  }
  if (!hasWorkflows) return <FirstStart />;
  return (
    <Empty title={t('common.nothingRan')}>
      <p>{t('runs.startHint')}</p>
      <Command text="compasso start WORKFLOW --input '{}' --wait" />
    </Empty>
  );
}

/** What the runs are narrowed down to, as the filters say it. */
function told({ status, workflow, since, q }: RunsSearch): string {
  const parts = [status && wordOf(ofRun(status)), workflow && workflowName(workflow), since && t(`runs.${since}`), q];
  return parts.filter(Boolean).join(' · ');
}
