import { t } from '../../i18n/text';

const FORMS = ['json', 'tree', 'raw'] as const;
export type Form = (typeof FORMS)[number];

interface Props {
  as: Form;
  onShowAs: (as: Form) => void;
  needle: string;
  onSearch: (needle: string) => void;
  /** Which of how many places that were found is looked at. */
  hit: number;
  hits: number;
  onGo: (by: 1 | -1) => void;
}

/** In which form JSON is shown, and what is searched for in it. */
export function Tools({ as, onShowAs, needle, onSearch, hit, hits, onGo }: Props) {
  return (
    <div className="json-tools">
      <div className="segments" role="group" aria-label={t('data.showAs')}>
        {FORMS.map((form) => (
          <button key={form} type="button" aria-pressed={as === form} onClick={() => onShowAs(form)}>
            {t(`data.as_${form}`)}
          </button>
        ))}
      </div>
      <input
        type="search"
        aria-label={t('data.search')}
        placeholder={t('data.search')}
        value={needle}
        spellCheck={false}
        onChange={({ target }) => onSearch(target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          onGo(event.shiftKey ? -1 : 1);
        }}
      />
      <span className="hint" role="status">
        {needle !== '' && (hits === 0 ? t('data.nothing') : t('data.found', { at: hit + 1, n: hits }))}
      </span>
    </div>
  );
}
