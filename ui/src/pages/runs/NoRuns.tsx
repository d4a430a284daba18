import { CopyButton } from '../../components/CopyButton';

interface Props {
  isFiltered: boolean;
  hasWorkflows: boolean;
  onClear: () => void;
}

/** Says why the list is empty and what to do. */
export function NoRuns({ isFiltered, hasWorkflows, onClear }: Props) {
  if (isFiltered) {
    return (
      <div className="empty">
        <h2>No run fits</h2>
        <button type="button" onClick={onClear}>
          Show all runs
        </button>
      </div>
    );
  }
  if (hasWorkflows) {
    return (
      <div className="empty">
        <h2>Nothing has run yet</h2>
        <p>Start a run with the button above, or from a terminal:</p>
        <Command text="compasso start WORKFLOW --input '{}' --wait" />
      </div>
    );
  }
  return (
    <div className="empty">
      <h2>There is no workflow yet</h2>
      <p>A workflow is a file in the Amazon States Language. Put it on this server, then start it:</p>
      <Command text={`compasso push hello.asl.json --endpoint ${location.origin}`} />
      <Command text={`compasso start hello --input '{}' --endpoint ${location.origin}`} />
    </div>
  );
}

function Command({ text }: { text: string }) {
  return (
    <p className="command">
      <code>{text}</code>
      <CopyButton text={text} label="Copy the command" />
    </p>
  );
}
