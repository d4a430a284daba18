import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { Answer } from '../components/Answer';
import { Page } from '../components/Page';
import { type Choice, useChoice } from '../state/choice';
import { density } from '../state/density';
import { useFresh } from '../state/fresh';
import { theme } from '../state/theme';

const WORD: Record<string, string> = {
  system: 'As the system has it',
  light: 'Light',
  dark: 'Dark',
  comfortable: 'Comfortable',
  compact: 'Compact',
};

/** What the reader prefers, and what the server is. */
export function Settings() {
  const info = useQuery({ queryKey: ['info'], queryFn: api.info });
  useFresh(['info']);
  return (
    <Page title="Settings">
      <section className="block" aria-label="Appearance">
        <h2>Appearance</h2>
        <p className="hint">Kept by this browser.</p>
        <Options label="Theme" of={theme} />
        <Options label="Rows" of={density} />
      </section>
      <section className="block" aria-label="About">
        <h2>About</h2>
        <Answer of={info} what="what the server is">
          {({ version, account }) => (
            <dl className="facts-list">
              <div>
                <dt>Compasso</dt>
                <dd>{version}</dd>
              </div>
              <div>
                <dt>Signed in</dt>
                <dd>{account ?? 'nobody: this server has no access keys, and answers this machine alone'}</dd>
              </div>
              <div>
                <dt>REST interface</dt>
                <dd>
                  <a href="/api/v1/openapi.json" target="_blank" rel="noreferrer">
                    /api/v1/openapi.json
                  </a>
                </dd>
              </div>
              <div>
                <dt>Licence</dt>
                <dd>Apache License 2.0</dd>
              </div>
            </dl>
          )}
        </Answer>
        <p className="hint">Access keys stand in the settings file of the server, under [[auth.keys]].</p>
      </section>
    </Page>
  );
}

function Options<T extends string>({ label, of }: { label: string; of: Choice<T> }) {
  const chosen = useChoice(of);
  return (
    <fieldset className="options">
      <legend>{label}</legend>
      {of.values.map((value) => (
        <label key={value}>
          <input type="radio" name={of.key} checked={value === chosen} onChange={() => of.set(value)} />
          {WORD[value]}
        </label>
      ))}
    </fieldset>
  );
}
