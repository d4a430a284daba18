/** What cuts off its text, where that is too long. */
const CUTTING = '.cut, .cut > .row-link, .parted > *';

/**
 * Tells who points at a text that is cut off the whole of it. In a row the link lies over all cells: it tells what is cut in any of them.
 */
export function tellCut({ target }: Event): void {
  if (!(target instanceof Element)) return;
  const row = target.closest('.row');
  const told = (row ? target.closest('.row-link') : null) ?? target.closest(CUTTING);
  if (!(told instanceof HTMLElement) || (told.title !== '' && told.dataset['told'] === undefined)) return;
  const cut = [...(row ?? told).querySelectorAll<HTMLElement>(CUTTING), told].filter(isCut);
  const texts = new Set(cut.map(({ textContent }) => textContent.trim()));
  if (texts.size === 0 && told.dataset['told'] === undefined) return;
  told.title = [...texts].join('\n');
  told.dataset['told'] = '';
}

function isCut(element: HTMLElement): boolean {
  return element.matches(CUTTING) && element.scrollWidth > element.clientWidth;
}
