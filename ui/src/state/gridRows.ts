/** A row of a grid: a task, or a group of some. */
export interface GridRow {
  id: string;
  /** How many groups it is in. */
  depth: number;
  isGroup: boolean;
}

const groupOf = (id: string) => id.slice(0, Math.max(0, id.lastIndexOf('.')));

/** Returns the groups that a task is in, the outermost first. */
function groupsOf(id: string): string[] {
  const group = groupOf(id);
  return group === '' ? [] : [...groupsOf(group), group];
}

/** Returns tasks in their order with a row for each group before what is in it; of those that are folded, only theirs. */
export function rowsOf(tasks: readonly string[], folded: ReadonlySet<string>): readonly GridRow[] {
  const all = [...new Set(tasks.flatMap((task) => [...groupsOf(task), task]))];
  const groups = new Set(tasks.flatMap(groupsOf));
  return all
    .filter((id) => !groupsOf(id).some((group) => folded.has(group)))
    .map((id) => ({ id, depth: groupsOf(id).length, isGroup: groups.has(id) }));
}

/** Returns the tasks that are in a group. */
export function within(tasks: readonly string[], group: string): readonly string[] {
  return tasks.filter((task) => task.startsWith(`${group}.`));
}
