interface JsonTextProps {
  /** What makes the name of the mistake's element its own. */
  id: string;
  value: string;
  /** What is wrong with it. */
  mistake: string | null;
  onChange: (text: string) => void;
}

/** Where JSON is written. Its mistake stands in the element that `JsonMistake` draws. */
export function JsonText({ id, value, mistake, onChange }: JsonTextProps) {
  return (
    <textarea
      className="mono"
      rows={8}
      value={value}
      spellCheck={false}
      aria-invalid={mistake !== null}
      aria-describedby={`${id}-mistake`}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

export function JsonMistake({ id, mistake }: { id: string; mistake: string | null }) {
  return (
    <p id={`${id}-mistake`} className="mistake" role="status">
      {mistake}
    </p>
  );
}
