import { at, query, send, write } from './client';
import type { ApprovalItem } from './schema';
import type { Page } from './types';

export const approvals = {
  list: (state: 'open' | 'closed') => send<Page<ApprovalItem>>('/approvals' + query({ state, limit: 200 })),
  decide: (id: string, body: { decision: 'approve' | 'reject'; comment?: string; form?: object }) =>
    write<ApprovalItem>('POST', at`/approvals/${id}`, body),
};
