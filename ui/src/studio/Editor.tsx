import { autocompletion, closeBrackets, closeBracketsKeymap, type CompletionSource } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory, redo, undo } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { forwardRef, useEffect, useImperativeHandle, useRef } from 'react';
import { t } from '../i18n/text';
import type { FoundProblem } from './problems';
import { theme } from './theme';
import { change } from './writing';

/** Who shows a place knows what stands there. */
const SHOWN = 'show';

/** What others do with the text. */
export interface EditorHandle {
  /** Puts another text in the place of this one, as one step of the history. */
  put: (text: string) => void;
  /** Goes to a place, and marks it. */
  show: (from: number, to: number, focuses?: boolean) => void;
  undo: () => void;
  redo: () => void;
}

interface Props {
  label: string;
  isYaml: boolean;
  text: string;
  /** What is wrong with this very text. */
  problems: readonly FoundProblem[];
  complete: CompletionSource;
  onChange: (text: string) => void;
  /** Where the cursor is now. */
  onMove: (at: number) => void;
  onFix: (problem: FoundProblem) => void;
}

/** A text editor. The text is its own: what is given at first is only how it begins. */
export const Editor = forwardRef<EditorHandle, Props>(function Editor(props, handle) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    view.current = new EditorView({ parent: place.current!, state: EditorState.create({ doc: props.text, extensions: extensions(latest) }) });
    return () => view.current?.destroy();
  }, []);
  useEffect(() => {
    const { state, dispatch } = view.current!;
    if (state.doc.toString() !== props.text) return;
    dispatch(setDiagnostics(state, props.problems.map((problem) => told(problem, () => latest.current.onFix(problem)))));
  }, [props.problems]);
  useImperativeHandle(handle, () => ({
    put: (text) => {
      const changes = change(view.current!.state.doc.toString(), text);
      view.current!.dispatch({ changes, annotations: isolateHistory.of('full'), userEvent: 'input.edit' });
    },
    show: (from, to, focuses = false) => {
      const size = view.current!.state.doc.length;
      const selection = { anchor: Math.min(from, size), head: Math.min(to, size) };
      view.current!.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, { y: 'center' }), userEvent: SHOWN });
      if (focuses) view.current!.focus();
    },
    undo: () => undo(view.current!),
    redo: () => redo(view.current!),
  }), []);
  return <div className="editor" ref={place} />;
});

function extensions(latest: { current: Props }) {
  const { label, isYaml } = latest.current;
  return [
    EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''),
    // Tab indents; how to leave is told to those who do not see it.
    EditorView.contentAttributes.of({ 'aria-label': label, 'aria-description': t('studio.tabHint'), tabindex: '0' }),
    lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), indentOnInput(), indentUnit.of('  '),
    bracketMatching(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches({ minSelectionLength: 2 }),
    search({ top: false }), isYaml ? yaml() : json(), theme,
    autocompletion({ override: [(context) => latest.current.complete(context)], icons: false }),
    EditorState.phrases.of(PHRASES()),
    keymap.of([
      ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, indentWithTab,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onChange(update.state.doc.toString());
      const isShown = update.transactions.some((transaction) => transaction.isUserEvent(SHOWN));
      if (update.selectionSet && !update.docChanged && !isShown) latest.current.onMove(update.state.selection.main.head);
    }),
  ];
}

/** What the editor itself says, by its English words. */
const PHRASES = () => ({
  Find: t('studio.find'), Replace: t('studio.replace'), next: t('studio.findNext'), previous: t('studio.findPrevious'),
  all: t('studio.findAll'), 'match case': t('studio.matchCase'), regexp: t('studio.regexp'), 'by word': t('studio.byWord'),
  replace: t('studio.replaceOne'), 'replace all': t('studio.replaceAll'), close: t('common.close'),
});

function told(problem: FoundProblem, fix: () => void): Diagnostic {
  const { from, to, severity, code, message, suggestion, meant } = problem;
  return {
    from, to, source: code,
    severity: severity === 'error' ? 'error' : 'warning',
    message: [message, suggestion].filter(Boolean).join('\n'),
    ...(meant !== null && { actions: [{ name: t('studio.fix', { name: meant }), apply: fix }] }),
  };
}
