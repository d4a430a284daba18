/** A part of a line that is written in one way. */
export interface Piece {
  text: string;
  /** The classes that it is shown with. */
  style: string;
}

const [ESCAPE, BELL] = [String.fromCharCode(27), String.fromCharCode(7)];
/** What begins with an escape: how what follows is written, where the cursor goes, titles of windows. */
const CODES = new RegExp(`${ESCAPE}(?:\\[([0-9;?]*)([A-Za-z])|\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)?)`, 'g');
const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

interface Style {
  colour: string;
  bold: boolean;
  faint: boolean;
  underline: boolean;
}

const PLAIN: Style = { colour: '', bold: false, faint: false, underline: false };

/** Reads a line as terminals do: colours become classes, everything else that is not text is left out. */
export function piecesOfLine(line: string): Piece[] {
  if (!line.includes(ESCAPE)) return [{ text: line, style: '' }];
  const pieces: Piece[] = [];
  let style = PLAIN;
  let from = 0;
  const take = (to: number) => {
    if (to > from) pieces.push({ text: line.slice(from, to), style: classes(style) });
  };
  for (const match of line.matchAll(CODES)) {
    take(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') style = changed(style, match[1]!);
  }
  take(line.length);
  return pieces;
}

function changed(before: Style, codes: string): Style {
  let style = before;
  const numbers = codes.split(';').map(Number);
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at]!;
    if (code === 38 || code === 48) {
      // One of 256 colours, or red, green and blue: the first sixteen have names.
      const isNamed = numbers[at + 1] === 5;
      if (code === 38) style = { ...style, colour: (isNamed && named(numbers[at + 2]!)) || '' };
      at += isNamed ? 2 : 4;
    } else {
      style = withCode(style, code);
    }
  }
  return style;
}

function withCode(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, faint: true };
  if (code === 4) return { ...style, underline: true };
  if (code === 22) return { ...style, bold: false, faint: false };
  if (code === 24) return { ...style, underline: false };
  if (code === 39) return { ...style, colour: '' };
  if (code >= 30 && code <= 37) return { ...style, colour: named(code - 30)! };
  return code >= 90 && code <= 97 ? { ...style, colour: named(code - 90)! } : style;
}

function named(colour: number): string | undefined {
  return colour < 16 ? COLOURS[colour % 8] : undefined;
}

function classes({ colour, bold, faint, underline }: Style): string {
  return [colour && `ansi-${colour}`, bold && 'ansi-bold', faint && 'ansi-faint', underline && 'ansi-underline'].filter(Boolean).join(' ');
}

/** Cuts pieces where a text that is searched for begins and ends, in letters of either case. */
export function marked(pieces: readonly Piece[], text: string): (Piece & { isHit: boolean })[] {
  if (text === '') return pieces.map((piece) => ({ ...piece, isHit: false }));
  const whole = pieces.map((piece) => piece.text).join('').toLowerCase();
  const wanted = text.toLowerCase();
  const cuts: number[] = [];
  for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + wanted.length)) cuts.push(at, at + wanted.length);
  let begun = 0;
  return pieces.flatMap((piece) => {
    const end = begun + piece.text.length;
    const places = [begun, ...cuts.filter((cut) => cut > begun && cut < end), end];
    const start = begun;
    begun = end;
    return places.slice(1).map((to, at) => {
      const from = places[at]!;
      const isHit = cuts.filter((cut) => cut <= from).length % 2 === 1;
      return { text: piece.text.slice(from - start, to - start), style: piece.style, isHit };
    });
  });
}
