import { Modal } from './Modal';

const KEYS: readonly [string, string][] = [
  ['g r', 'go to the runs'],
  ['/', 'query for runs'],
  ['j k', 'next and previous run'],
  ['Enter', 'open the run'],
  ['1 … 4', 'tabs of a run'],
  ['[ ]', 'previous and next failed step'],
  ['s', 'stop the run…'],
  ['r', 'redrive the run…'],
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
