import { Command } from '../../components/Command';
import { Empty } from '../../components/Empty';
import { FirstStart } from '../../components/FirstStart';

interface Props {
  isFiltered: boolean;
  hasWorkflows: boolean;
  onClear: () => void;
}

/** Says why the list is empty and what to do. */
export function NoRuns({ isFiltered, hasWorkflows, onClear }: Props) {
  if (isFiltered) {
    return (
      <Empty title="No run fits">
        <button type="button" onClick={onClear}>
          Show all runs
        </button>
      </Empty>
    );
  }
  if (!hasWorkflows) return <FirstStart />;
  return (
    <Empty title="Nothing has run yet">
      <p>Start a run with the button above, or from a terminal:</p>
      <Command text="compasso start WORKFLOW --input '{}' --wait" />
    </Empty>
  );
}
