import { type KeyboardEvent, type RefObject, useEffect, useId, useState } from 'react';
import { t } from '../../i18n/text';
import { type Completion, completionsAt, type Known } from '../../state/queryWords';

/** The language of searches is the same in every language. */
const EXAMPLE = 'duration > 5m and name starts with nightly';
/** Words offered at once. */
const SHOWN = 10;
const NOTHING: Completion = { from: 0, to: 0, words: [] };

interface Props {
  field: RefObject<HTMLInputElement | null>;
  /** What the address asks for. */
  query: string;
  known: Known;
  isWrong: boolean;
  mistakeId: string;
  onAsk: (text: string) => void;
}

/** The query of a list of runs, completed as it is written: arrows choose a word, Enter or Tab takes it. */
export function QueryField({ field, query, known, isWrong, mistakeId, onAsk }: Props) {
  const list = useId();
  const [offered, setOffered] = useState(NOTHING);
  const [at, setAt] = useState(-1);
  // The address may change beside the field, which keeps the focus.
  useEffect(() => {
    if (field.current) field.current.value = query;
  }, [field, query]);
  const words = offered.words.slice(0, SHOWN);
  const offer = (completion: Completion) => {
    setOffered(completion);
    setAt(-1);
  };
  const look = ({ value, selectionStart }: HTMLInputElement) => offer(completionsAt(value, selectionStart ?? value.length, known));
  const take = (input: HTMLInputElement, word: string) => {
    input.setRangeText(`${word} `, offered.from, offered.to, 'end');
    input.focus();
    look(input);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    const input = event.currentTarget;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = words[at];
    if (by !== undefined && words.length === 0) look(input);
    else if (by !== undefined) setAt(at < 0 && by < 0 ? words.length - 1 : (at + by + words.length) % words.length);
    else if ((event.key === 'Enter' || event.key === 'Tab') && chosen !== undefined) take(input, chosen);
    else if (event.key === 'Escape' && words.length > 0) offer(NOTHING);
    else return;
    event.preventDefault();
  };
  return (
    <form
      className="query"
      onSubmit={(event) => {
        event.preventDefault();
        offer(NOTHING);
        onAsk(field.current!.value.trim());
      }}
    >
      <label>
        {t('runs.query')}
        <input
          ref={field}
          name="q"
          className="mono"
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={words.length > 0}
          aria-controls={list}
          aria-activedescendant={words[at] === undefined ? undefined : `${list}-${at}`}
          defaultValue={query}
          placeholder={EXAMPLE}
          spellCheck={false}
          autoComplete="off"
          enterKeyHint="search"
          aria-invalid={isWrong}
          aria-describedby={isWrong ? mistakeId : undefined}
          onChange={({ target }) => look(target)}
          onKeyDown={press}
          onBlur={() => offer(NOTHING)}
        />
      </label>
      <ul id={list} className="completions mono" role="listbox" aria-label={t('runs.completions')} hidden={words.length === 0}>
        {words.map((word, index) => (
          <li
            key={word}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === at}
            // The field keeps the focus.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => take(field.current!, word)}
          >
            {word}
          </li>
        ))}
      </ul>
    </form>
  );
}
