import { Modal } from '../../components/Modal';
import type { Key } from '../../i18n/catalogue';
import { t } from '../../i18n/text';
import type { Spot } from '../../studio/writing';

interface Props {
  kinds: readonly string[];
  spot: Spot;
  onChoose: (kind: string) => void;
  onClose: () => void;
}

/** What kind of step is added; what is chosen stands in the text at once. */
export function AddStep({ kinds, spot: { from, to }, onChoose, onClose }: Props) {
  const where =
    from === null ? t('studio.addFirst') : to === undefined ? t('studio.addAfter', { name: from }) : t('studio.addBetween', { from, to });
  return (
    <Modal title={where} onClose={onClose}>
      <ul className="kinds">
        {kinds.map((kind, at) => (
          <li key={kind}>
            {/* Where a dialog begins is up to the attribute, which React does not write. */}
            <button type="button" ref={(it) => void it?.toggleAttribute('autofocus', at === 0)} onClick={() => onChoose(kind)}>
              <b>{kind}</b>
              <span className="hint">{t(`studio.kind${kind[0]!.toUpperCase()}${kind.slice(1)}` as Key)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
