import { ask, at, send, write } from './client';
import type {
  DraftItem, DraftList, DraftRevisions, DraftRun, DraftText, DraftView, Looked, OpenDraft, PublishDraft, PublishedDraft,
  RunDraft, SaveDraft, TestedState, TestedTask, TestState, TestTask,
} from './schema';

export type DraftKind = 'STANDARD' | 'EXPRESS' | 'PIPELINE';

/** Definitions that are being written. */
export const drafts = {
  list: () => send<DraftList>('/drafts'),
  open: (draft: OpenDraft) => ask<DraftView>('POST', '/drafts', draft),
  view: (id: string) => send<DraftView>(at`/drafts/${id}`),
  save: (id: string, save: SaveDraft) => ask<DraftItem>('PUT', at`/drafts/${id}`, save),
  remove: (id: string) => write<object>('DELETE', at`/drafts/${id}`),
  revisions: (id: string) => send<DraftRevisions>(at`/drafts/${id}/revisions`),
  revision: (id: string, number: number) => send<DraftText>(at`/drafts/${id}/revisions/${String(number)}`),
  publish: (id: string, order: PublishDraft) => write<PublishedDraft>('POST', at`/drafts/${id}/publish`, order),
  run: (id: string, order: RunDraft) => write<DraftRun>('POST', at`/drafts/${id}/runs`, order),
  look: (kind: string, text: string) => ask<Looked>('POST', '/check', { kind, text }),
  testState: (test: TestState) => ask<TestedState>('POST', '/check/state', test),
  testTask: (test: TestTask) => ask<TestedTask>('POST', '/check/task', test),
};
