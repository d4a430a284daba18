import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Role } from '../api/schema';
import { t } from '../i18n/text';

/** The roles of people, each of which may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'author', 'admin'] as const;
export type PersonsRole = (typeof ROLES)[number];

/** Whether a role may do what another one may. */
export function covers(role: Role, needed: PersonsRole): boolean {
  return ROLES.indexOf(role as PersonsRole) >= ROLES.indexOf(needed);
}

/** Why the reader may not do something; nothing, if they may. */
export function useRefusal(needed: PersonsRole): string | undefined {
  // The frame asks who reads; whoever looks at the role does not ask again.
  const role = useQuery({ queryKey: ['info'], queryFn: api.info, staleTime: Infinity }).data?.role;
  if (role === undefined || covers(role, needed)) return undefined;
  return t('common.needsRole', { needed: t(`common.role_${needed}`), role: t(`common.role_${role}`) });
}
