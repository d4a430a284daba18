import { CopyButton } from './CopyButton';

/** A command for a terminal. */
export function Command({ text }: { text: string }) {
  return (
    <p className="command">
      <code>{text}</code>
      <CopyButton text={text} label="Copy the command" />
    </p>
  );
}
