import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { firstFolded, moveBy, revealing, withRow } from '../../data/jsonFolding';
import { hasNext, type JsonLine, type JsonRow, linesOf } from '../../data/jsonRows';
import { AsJson, AsTree, bracket } from './JsonLine';
import type { Form } from './Tools';

const LINE_PX = 20;
const OVERSCAN = 12;

interface Props {
  label: string;
  text: string;
  rows: readonly JsonRow[];
  as: Exclude<Form, 'raw'>;
  needle: string;
  selected: number | null;
  onSelect: (row: number) => void;
}

/** The values of a JSON text in lines, of which only those that are seen are there. Arrows go through them, and fold. */
export function JsonLines(props: Props) {
  const { label, rows, as, selected, onSelect } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const [folded, setFolded] = useState(() => firstFolded(rows));
  const lines = useMemo(() => linesOf(rows, folded, as === 'json'), [rows, folded, as]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: OVERSCAN,
    getItemKey: (index) => keyOf(as, lines[index]!),
  });
  const revealed = useRef<number | null>(null);
  useEffect(() => {
    // What is selected comes into sight once; after that the reader may fold it away.
    if (selected === null || selected === revealed.current) return;
    const open = revealing(folded, rows, selected);
    if (open !== folded) return setFolded(open);
    revealed.current = selected;
    virtual.scrollToIndex(lines.findIndex(({ row }) => row === selected));
  });
  const fold = (row: number, isFolded: boolean) => setFolded((before) => withRow(before, row, isFolded));
  const press = (event: KeyboardEvent) => {
    const move = moveBy(event.key, { rows, lines, folded, at: selected });
    if (!move) return;
    event.preventDefault();
    if (move.fold !== undefined && selected !== null) fold(selected, move.fold);
    if (move.row !== undefined) onSelect(move.row);
  };
  const shown = virtual.getVirtualItems();
  const isSeen = shown.some(({ index }) => lines[index]!.row === selected);
  return (
    <div
      className="json-lines"
      ref={scroller}
      role="tree"
      aria-label={label}
      tabIndex={0}
      {...(isSeen && { 'aria-activedescendant': `${id}-${selected}` })}
      onKeyDown={press}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {shown.map(({ index, start, key }) => {
          const { row, closes } = lines[index]!;
          const style = { '--depth': rows[row]!.depth, transform: `translateY(${start}px)` } as React.CSSProperties;
          return (
            <div key={key} ref={virtual.measureElement} data-index={index} className="json-line" style={style} role="presentation">
              {closes ? (
                <Closing rows={rows} row={rows[row]!} />
              ) : (
                <Item {...props} id={`${id}-${row}`} at={row} isFolded={folded.has(row)} onFold={(isFolded) => fold(row, isFolded)} />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const keyOf = (as: Form, { row, closes }: JsonLine) => `${as} ${row}${closes ? ' closes' : ''}`;

function Closing({ rows, row }: { rows: readonly JsonRow[]; row: JsonRow }) {
  return (
    <span aria-hidden="true">
      {bracket(row, 'close')}
      {hasNext(rows, row) && ','}
    </span>
  );
}

interface ItemProps extends Props {
  id: string;
  at: number;
  isFolded: boolean;
  onFold: (isFolded: boolean) => void;
}

function Item({ text, rows, as, needle, selected, onSelect, id, at, isFolded, onFold }: ItemProps) {
  const row = rows[at]!;
  return (
    <div
      id={id}
      className={at === selected ? 'current' : ''}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={at === selected}
      {...(row.count > 0 && { 'aria-expanded': !isFolded })}
      onClick={() => onSelect(at)}
    >
      {row.count > 0 && (
        <span className="json-fold" aria-hidden="true" onClick={() => onFold(!isFolded)}>
          {isFolded ? '▸' : '▾'}
        </span>
      )}
      {as === 'json' ? <AsJson {...{ text, rows, row, isFolded, needle }} /> : <AsTree {...{ text, row, needle }} />}
    </div>
  );
}
