import { t } from '../i18n/text';
import type { Act } from '../state/acts';
import { commandsOf } from '../state/commands';
import { Commands } from './Equivalents';
import { Modal } from './Modal';
import { When } from './When';

/** What was done in this tab, as commands that can be copied. */
export function Acts({ acts, onClose }: { acts: readonly Act[]; onClose: () => void }) {
  return (
    <Modal title={t('acts.title')} onClose={onClose}>
      <div className="form">
        <p className="hint">{t('acts.hint')}</p>
        {acts.length === 0 && <p role="status">{t('acts.none')}</p>}
        <ol className="acts plain-list ruled">
          {acts.map((act, index) => {
            const commands = commandsOf(act);
            return (
              <li key={`${act.at} ${act.path}`}>
                <details className="equivalents" open={index === 0}>
                  <summary>
                    <span className="mono cut">{commands[0]?.text}</span> <When at={act.at} />
                  </summary>
                  <Commands of={commands} />
                </details>
              </li>
            );
          })}
        </ol>
      </div>
    </Modal>
  );
}
