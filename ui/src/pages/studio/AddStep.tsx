import { Modal } from '../../components/Modal';
import { t } from '../../i18n/text';
import type { Spot, Writing } from '../../studio/writing';
import { StepPalette } from './StepPalette';

interface Props {
  writing: Writing;
  spot: Spot;
  onChoose: (kind: string) => void;
  onClose: () => void;
}

/** What kind of step is added; what is chosen stands in the text at once. */
export function AddStep({ writing, spot: { from, to }, onChoose, onClose }: Props) {
  const where =
    from === null ? t('studio.addFirst') : to === undefined ? t('studio.addAfter', { name: from }) : t('studio.addBetween', { from, to });
  return (
    <Modal title={where} onClose={onClose}>
      <StepPalette writing={writing} onChoose={onChoose} />
    </Modal>
  );
}
