import { useBlocker } from '@tanstack/react-router';
import { useEffect, useReducer, useRef, useState } from 'react';
import { drafts } from '../api/drafts';
import type { DraftView, SaveDraft } from '../api/schema';
import { t } from '../i18n/text';
import { Saver } from './Saver';
import { shelterOf } from './shelter';

/** A draft and the text that its writer has now. */
export interface Writer {
  draft: DraftView;
  text: string;
  saver: Saver;
  /** Takes what the writer has made of it. */
  write: (text: string, extra?: Partial<SaveDraft>) => void;
  /** Asks the server for what it has, and begins again with that. */
  reload: () => Promise<DraftView>;
}

/** Keeps what somebody writes: here at once, on the server after a pause. */
export function useDraft(begun: DraftView): Writer {
  const [draft, setDraft] = useState(begun);
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const [first] = useState(() => textOf(begun));
  const [text, setText] = useState(first);
  const saver = useRef<Saver>(null);
  saver.current ??= saverOf(begun, draw);
  useEffect(() => {
    // What only this browser had is the server's from now on.
    if (first !== begun.text) saver.current!.change(first);
    return () => void saver.current!.flush().finally(() => saver.current!.stop());
  }, []);
  useBlocker({
    // Another step of the same draft is nowhere else.
    shouldBlockFn: async ({ current, next }) => current.pathname !== next.pathname && !(await saver.current!.flush()) && !window.confirm(t('studio.leave')),
    enableBeforeUnload: () => saver.current!.state !== 'saved',
  });
  const write = (next: string, extra?: Partial<SaveDraft>) => {
    setText(next);
    saver.current!.change(next, extra);
  };
  const reload = async () => {
    const view = await drafts.view(draft.id);
    saver.current!.stop();
    saver.current = saverOf(view, draw);
    setDraft(view);
    return view;
  };
  return { draft, text, saver: saver.current, write, reload };
}

function saverOf({ id, text, saves }: DraftView, draw: () => void): Saver {
  return new Saver({ text, saves }, (save) => drafts.save(id, save), shelterOf(id), draw);
}

/** Returns the text of a draft; one that the server did not get stands for its own. */
function textOf({ id, text, saves }: DraftView): string {
  const kept = shelterOf(id).found();
  return kept?.saves === saves ? kept.text : text;
}
