import { type KeyboardEvent, type ReactNode, useEffect } from 'react';
import { useKeys } from '../state/keys';

export interface Tab<T extends string> {
  id: T;
  label: string;
}

/** Tabs with the keys that assistive technology expects, and a number each; the panel is labelled by its tab. */
export function Tabs<T extends string>(props: {
  label: string;
  tabs: readonly Tab<T>[];
  current: T;
  onChange: (tab: T) => void;
  children: ReactNode;
}) {
  const { label, tabs, current, onChange, children } = props;
  // Where they do not all have room, the present one is seen.
  useEffect(() => {
    document.getElementById(`tab-${current}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  useKeys(Object.fromEntries(tabs.map(({ id }, at) => [String(at + 1), () => onChange(id)])));
  const move = (event: KeyboardEvent, at: number) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = tabs[(at + step + tabs.length) % tabs.length]!;
    onChange(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label}>
        {tabs.map((tab, at) => (
          <button
            key={tab.id}
            id={`tab-${tab.id}`}
            type="button"
            role="tab"
            aria-selected={tab.id === current}
            aria-controls="panel"
            tabIndex={tab.id === current ? 0 : -1}
            onClick={() => onChange(tab.id)}
            onKeyDown={(event) => move(event, at)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${current}`} className="panel">
        {children}
      </div>
    </>
  );
}
