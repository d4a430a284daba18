import { type ReactNode, useState } from 'react';
import { t } from '../i18n/text';
import { type PersonsRole, useRefusal } from '../state/role';
import { Modal } from './Modal';
import { Problem } from './Problem';

/** A button in a row that does something at once; what is refused is told. */
export function ActButton({ act, needs = 'operator', children }: { act: () => Promise<unknown>; needs?: PersonsRole; children: ReactNode }) {
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const refusal = useRefusal(needs);
  const press = () => {
    setBusy(true);
    act()
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return (
    <>
      <button type="button" className="small" disabled={isBusy || refusal !== undefined} title={refusal} onClick={press}>
        {children}
      </button>
      {error !== null && (
        <Modal title={t('common.error')} onClose={() => setError(null)}>
          <div className="form">
            <Problem error={error} />
          </div>
        </Modal>
      )}
    </>
  );
}
