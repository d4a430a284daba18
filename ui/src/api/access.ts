import { at, query, send, write } from './client';
import type { AuditPage, CreatedToken, Role, TokenList } from './schema';

export interface NewToken {
  name: string;
  role: Role;
  user?: string;
  groups?: string[];
  /** How long it is good, such as `90d`. */
  expires?: string;
}

/** Which records of the audit log. */
export interface AuditFilter {
  who?: string;
  action?: string;
  on?: string;
  outcome?: string;
  since?: string;
}

export const access = {
  tokens: () => send<TokenList>('/tokens'),
  createToken: (order: NewToken) => write<CreatedToken>('POST', '/tokens', order),
  revokeToken: (name: string) => write<object>('DELETE', at`/tokens/${name}`),
  audit: (filter: AuditFilter, next?: string) => send<AuditPage>(`/audit${query({ ...filter, limit: 100, next })}`),
};
