import { Command } from '../../components/Command';
import { Empty } from '../../components/Empty';
import { FirstStart } from '../../components/FirstStart';
import { t } from '../../i18n/text';

interface Props {
  isFiltered: boolean;
  hasWorkflows: boolean;
  onClear: () => void;
}

/** Says why the list is empty and what to do. */
export function NoRuns({ isFiltered, hasWorkflows, onClear }: Props) {
  if (isFiltered) {
    return (
      <Empty title={t('runs.noneFits')}>
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
