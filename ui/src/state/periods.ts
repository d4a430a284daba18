/** How much of the calendar is shown at once; apart from it, as every address may name one. */
export const PERIODS = ['week', 'month', 'agenda'] as const;
export type Period = (typeof PERIODS)[number];
