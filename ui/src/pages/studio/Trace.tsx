import type { TestedState } from '../../api/schema';
import type { StepStatus } from '../../api/types';
import { Status } from '../../components/Glyph';
import { JsonView } from '../../components/JsonView';
import { t } from '../../i18n/text';
import { ofRun } from '../../state/status';

/** The way of the data through a state, in the order in which it is taken. */
const STAGES = [
  'input', 'afterInputPath', 'afterParameters', 'afterArguments', 'afterItemsPath', 'afterItemSelector', 'result', 'afterResultSelector',
  'afterResultPath', 'variables',
] as const;

/** Ends that runs do not have. */
const ENDS: Readonly<Record<string, StepStatus>> = { RETRIABLE: 'retrying', CAUGHT_ERROR: 'caught' };

/** How a tested state ended, and what the data looked like at each stage. */
export function Trace({ tested }: { tested: TestedState }) {
  const { status, error, cause, nextState, output, inspectionData = {} } = tested;
  return (
    <>
      <p className="facts">
        <Status status={ENDS[status] ?? ofRun(status)} />
        {nextState !== undefined && <span>{t('studio.nextState', { name: nextState })}</span>}
        {error !== undefined && <span className="problem-code">{error}</span>}
        {cause !== undefined && <span>{cause}</span>}
      </p>
      {STAGES.map((stage) => {
        const seen = inspectionData[stage];
        return typeof seen === 'string' && <JsonView key={stage} title={t(`studio.${stage}`)} text={seen} />;
      })}
      {output !== undefined && <JsonView title={t('studio.output')} text={output} />}
    </>
  );
}
