import type { ReactNode } from 'react';

const INLINE = /(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*|\[[^\]]+\]\(https?:\/\/[^)\s]+\))/;

/** Markdown as elements: paragraphs, lists, headings, code, emphasis and links; never HTML. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown">
      {text.split(/\n{2,}/).map((block, at) => (
        <Block key={at} text={block} />
      ))}
    </div>
  );
}

/** Returns the first line of a text in Markdown, without its marks. */
export function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.replace(/^#+ /, '').replace(/\*\*?|`/g, '');
}

function Block({ text }: { text: string }) {
  const lines = text.split('\n');
  if (text.startsWith('```')) return <pre>{text.replace(/^```.*\n|\n?```\s*$/g, '')}</pre>;
  if (lines.every((line) => /^\s*[-*] /.test(line))) {
    return (
      <ul>
        {lines.map((line, at) => (
          <li key={at}>{inline(line.replace(/^\s*[-*] /, ''))}</li>
        ))}
      </ul>
    );
  }
  if (/^#+ /.test(text)) return <p><b>{inline(text.replace(/^#+ /, ''))}</b></p>;
  return <p>{inline(text)}</p>;
}

function inline(text: string): ReactNode[] {
  return text.split(INLINE).map((part, at) => {
    if (at % 2 === 0) return part;
    if (part.startsWith('`')) return <code key={at}>{part.slice(1, -1)}</code>;
    if (part.startsWith('**')) return <b key={at}>{part.slice(2, -2)}</b>;
    if (part.startsWith('*')) return <em key={at}>{part.slice(1, -1)}</em>;
    const [, label, address] = /^\[([^\]]+)\]\((.+)\)$/.exec(part)!;
    return (
      <a key={at} href={address} target="_blank" rel="noreferrer">
        {label}
      </a>
    );
  });
}
