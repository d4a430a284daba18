import { t } from '../i18n/text';
import { labelOf, LINKS } from '../state/pages';
import { Modal } from './Modal';

/** What each key does; those that go to pages are with the pages. */
const KEYS = [
  ['/', 'filter'],
  ['j k', 'rows'],
  ['Enter', 'open'],
  ['x X', 'marks'],
  ['1 … 9', 'tabs'],
  ['[ ]', 'failures'],
  ['s', 'stop'],
  ['r', 'again'],
  ['l', 'logs'],
  ['f', 'follow'],
  ['w', 'wrap'],
  ['+ − 0', 'zoom'],
  ['a x', 'decide'],
  ['a Del', 'step'],
  ['t', 'theme'],
  ['c', 'acts'],
  ['?', 'sheet'],
] as const;

export function KeySheet({ onClose }: { onClose: () => void }) {
  const keys: [string, string][] = [
    ['Ctrl K', t('keys.find')],
    ...LINKS.flatMap((link): [string, string][] => (link.key ? [[`g ${link.key}`, labelOf(link)]] : [])),
    ...KEYS.map(([key, name]): [string, string] => [key, t(`keys.${name}`)]),
  ];
  return (
    <Modal title={t('keys.title')} onClose={onClose}>
      <dl className="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
