import { t } from '../../i18n/text';
import type { GridRow } from '../../state/gridRows';

/** The indent of what is in a group, in pixels. */
const INDENT = 14;

interface Props {
  row: GridRow;
  isFolded: boolean;
  onFold: (group: string) => void;
}

/** The name of a task without those of its groups; that of a group folds what is in it. */
export function TaskName({ row: { id, depth, isGroup }, isFolded, onFold }: Props) {
  const name = id.slice(id.lastIndexOf('.') + 1);
  const style = { paddingInlineStart: depth * INDENT };
  if (!isGroup) return <span style={style}>{name}</span>;
  return (
    <button type="button" className="quiet fold" style={style} aria-expanded={!isFolded} aria-label={t('pipelines.foldGroup', { group: id })} onClick={() => onFold(id)}>
      <span aria-hidden="true">{isFolded ? '▸' : '▾'}</span> {name}
    </button>
  );
}
