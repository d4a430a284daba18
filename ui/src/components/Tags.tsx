import type { Tag } from '../api/schema';

/** Tags, each as its key and its value. */
export function Tags({ tags }: { tags: readonly Tag[] }) {
  return (
    <>
      {tags.map(({ key, value }) => (
        <span key={key} className="tag">
          {key}
          {value && <b>{value}</b>}
        </span>
      ))}
    </>
  );
}
