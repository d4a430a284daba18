import { LINKS } from '../state/pages';
import { Modal } from './Modal';

const KEYS: readonly [string, string][] = [
  ['Ctrl K', 'find a page, a workflow, a run'],
  ...LINKS.flatMap(({ key, label }): [string, string][] => (key ? [[`g ${key}`, label]] : [])),
  ['/', 'filter of the list'],
  ['j k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['1 … 6', 'tabs of a run'],
  ['[ ]', 'previous and next failed step'],
  ['s', 'stop the run…'],
  ['r', 'redrive the run, or rerun its tasks…'],
  ['l', 'logs of the run'],
  ['a x', 'approve, reject'],
  ['t', 'next theme'],
  ['?', 'this sheet'],
];

export function KeySheet({ onClose }: { onClose: () => void }) {
  return (
    <Modal title="Keys" onClose={onClose}>
      <dl className="keys">
        {KEYS.map(([key, meaning]) => (
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
