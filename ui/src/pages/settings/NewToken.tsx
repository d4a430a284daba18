import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { access } from '../../api/access';
import { api } from '../../api/client';
import type { CreatedToken, Role } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { CopyButton } from '../../components/CopyButton';
import { Field } from '../../components/Field';
import { Modal } from '../../components/Modal';
import { t } from '../../i18n/text';
import { commandsOf } from '../../state/commands';
import { textOf } from '../../state/equivalents';
import { ROLES } from '../../state/role';

const EXPIRIES = ['30d', '90d', '365d', ''] as const;

/** Makes a token, and shows it once. */
export function NewToken({ isFirst, onClose }: { isFirst: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const [role, setRole] = useState<Role>(isFirst ? 'admin' : 'viewer');
  const [made, setMade] = useState<CreatedToken | null>(null);
  const orderOf = (fields: FormData) => {
    const [user, expires] = [textOf(fields, 'user'), textOf(fields, 'expires')];
    const groups = textOf(fields, 'groups').split(',').map((group) => group.trim()).filter(Boolean);
    return { name: textOf(fields, 'name'), role, ...(user && { user }), ...(expires && { expires }), groups };
  };
  const create = async (fields: FormData) => {
    const created = await access.createToken(orderOf(fields));
    // From now on the server knows nobody else.
    if (isFirst) await api.signIn({ token: created.token });
    setMade(created);
    await queries.invalidateQueries();
  };
  if (made) return <Made made={made} onClose={onClose} />;
  return (
    <Ask
      title={t('access.newTitle')}
      verb={t('access.create')}
      needs="admin"
      act={create}
      onClose={onClose}
      staysOpen
      as={(fields) => commandsOf({ method: 'POST', path: '/tokens', body: orderOf(fields) })}
    >
      {isFirst && <p className="hint">{t('access.firstHint')}</p>}
      <Field label={t('access.name')} hint={t('access.nameHint')}>
        <input name="name" required maxLength={64} pattern="[A-Za-z0-9._\-]+" spellCheck={false} autoComplete="off" className="mono" />
      </Field>
      <Field label={t('access.role')} hint={t(`access.may_${role}`)}>
        <select name="role" value={role} onChange={({ target }) => setRole(target.value as Role)}>
          {[...ROLES, 'worker' as const].map((one) => (
            <option key={one} value={one}>
              {t(`common.role_${one}`)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t('access.user')} hint={t('access.userHint')} isOptional>
        <input name="user" maxLength={64} autoComplete="off" />
      </Field>
      <Field label={t('access.groups')} hint={t('access.groupsHint')} isOptional>
        <input name="groups" autoComplete="off" />
      </Field>
      <Field label={t('access.expires')}>
        <select name="expires" defaultValue={isFirst ? '' : '90d'}>
          {EXPIRIES.map((one) => (
            <option key={one} value={one}>
              {one === '' ? t('access.never') : t('access.inDays', { n: Number.parseInt(one, 10) })}
            </option>
          ))}
        </select>
      </Field>
    </Ask>
  );
}

function Made({ made, onClose }: { made: CreatedToken; onClose: () => void }) {
  return (
    <Modal title={t('access.madeTitle', { name: made.name })} onClose={onClose}>
      <div className="form">
        <p role="status">{t('access.madeHint')}</p>
        <p className="token-made">
          <code className="mono">{made.token}</code>
          <CopyButton text={made.token} label={t('access.copy')} />
        </p>
        <footer>
          <button type="button" className="primary" onClick={onClose}>
            {t('access.kept')}
          </button>
        </footer>
      </div>
    </Modal>
  );
}
