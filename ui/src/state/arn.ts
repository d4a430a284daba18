/** Returns the name of the run with this ARN. */
export function runName(arn: string): string {
  return arn.split(':').slice(7).join(':') || arn;
}

/** Returns the name of the workflow that an ARN is about: its own, or that of its run. */
export function workflowName(arn: string): string {
  return arn.split(':')[6] ?? arn;
}

/** Says whether an ARN is that of a pipeline or of a run of one. */
export function isOfPipeline(arn: string): boolean {
  return ['pipeline', 'run'].includes(arn.split(':')[5] ?? '');
}

/** Says whether a text is the ARN of a run. */
export function isRun(text: string): boolean {
  return text.startsWith('arn:') && ['execution', 'run'].includes(text.split(':')[5] ?? '');
}

/** Writes an ARN without where it is, which all of a server share: what tells it from others stands first. */
export function shortArn(arn: string): string {
  return arn.replace(/^arn:(?:[^:]*:){4}/, '…');
}
