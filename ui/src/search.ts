/** What an address has behind its question mark, as it was written. */
export type Search = Record<string, unknown>;

export function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((one) => one === value);
}

export function text(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** Leaves out what is not there, so that addresses stay short. */
export function present<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
