import { JsonView } from '../../components/JsonView';
import { t } from '../../i18n/text';
import type { Observed } from '../../studio/observed';

/** What a step had and gave in a run, stage by stage. */
export function ObservedData({ observed: { stages, error, cause } }: { observed: Observed }) {
  return (
    <>
      {error !== undefined && (
        <p className="facts">
          <span className="problem-code">{error}</span>
          {cause !== undefined && <span>{cause}</span>}
        </p>
      )}
      {stages.map(({ stage, text, of }) => (
        <JsonView key={`${stage} ${of}`} title={of === undefined ? t(`studio.${stage as Exclude<typeof stage, 'need'>}`) : t('studio.outputOf', { name: of })} text={text} />
      ))}
    </>
  );
}
