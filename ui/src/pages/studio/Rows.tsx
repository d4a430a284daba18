import { Field } from '../../components/Field';
import { condition } from '../../graph/compile';
import { t } from '../../i18n/text';
import { addRow, machine, raiseRow, removeRow } from '../../studio/machine';
import { comparedBy, type Comparison, comparisonOf, OPERATORS, valueFor } from '../../studio/rules';
import type { FieldOf, Form, RowsOf } from '../../studio/writing';
import { FormField } from './FormField';

type Row = Readonly<Record<string, unknown>>;

interface Props {
  list: RowsOf;
  id: string;
  text: string;
  form: Form;
  onPut: (text: string) => void;
}

const RETRIER: readonly FieldOf[] = [
  { field: 'ErrorEquals', as: 'names' }, { field: 'IntervalSeconds', as: 'number' }, { field: 'MaxAttempts', as: 'number' },
  { field: 'BackoffRate', as: 'number' }, { field: 'MaxDelaySeconds', as: 'number' }, { field: 'JitterStrategy', as: 'choice', options: ['FULL', 'NONE'] },
];
const catcher = (isJsonata: boolean): readonly FieldOf[] => [
  { field: 'ErrorEquals', as: 'names' }, { field: 'Next', as: 'choice', isRequired: true },
  isJsonata ? { field: 'Output', as: 'json' } : { field: 'ResultPath', as: 'path' },
];

/** A list of a state, its items one below the other: rules, retriers or catchers. */
export function Rows({ list, id, text, form, onPut }: Props) {
  const rows = (Array.isArray(form.values[list]) ? form.values[list] : []) as Row[];
  const canAdd = list === 'Retry' || form.others.length > 0;
  return (
    <fieldset className="form-rows">
      <legend>{list}</legend>
      {rows.map((row, at) => (
        <div key={at} className="form-row" role="group" aria-label={t('studio.rowOf', { list, at: at + 1 })}>
          <div className={list === 'Choices' ? 'form-cells wide' : 'form-cells'}>
            <Cells
              list={list}
              row={row}
              form={form}
              set={(name, value) => onPut(machine.set(text, id, [list, at, name], value))}
              ask={(one, to) => onPut(operated(text, id, at, one, to))}
            />
          </div>
          <span className="row-acts">
            <button type="button" className="quiet" disabled={at === 0} aria-label={t('studio.raise')} title={t('studio.raise')} onClick={() => onPut(raiseRow(text, id, list, at))}>
              ↑
            </button>
            <button
              type="button"
              className="quiet"
              disabled={list === 'Choices' && rows.length === 1}
              aria-label={t('studio.removeRow')}
              title={t('studio.removeRow')}
              onClick={() => onPut(removeRow(text, id, list, at))}
            >
              ✕
            </button>
          </span>
        </div>
      ))}
      <button type="button" className="small" disabled={!canAdd} onClick={() => onPut(addRow(text, id, list))}>{t(`studio.add${ONE[list]}`)}</button>
    </fieldset>
  );
}

const ONE = { Choices: 'Rule', Retry: 'Retrier', Catch: 'Catcher' } as const;

/** Asks the same of a value in another way. */
function operated(text: string, id: string, at: number, { operator, value }: Comparison, to: string): string {
  const without = machine.set(text, id, ['Choices', at, operator], undefined);
  return machine.set(without, id, ['Choices', at, to], valueFor(to, value));
}

interface CellsOf {
  list: RowsOf;
  row: Row;
  form: Form;
  set: (name: string, value: unknown) => void;
  /** Compares by another operator. */
  ask: (one: Comparison, operator: string) => void;
}

function Cells({ list, row, form, set, ask }: CellsOf) {
  if (list === 'Choices') return <Rule row={row} form={form} set={set} ask={ask} />;
  const cells = list === 'Retry' ? RETRIER : catcher(form.isJsonata === true);
  return cells.map((cell) => (
    <FormField key={cell.field} {...cell} {...(cell.field === 'Next' && { options: form.others })} value={row[cell.field]} onSet={(value) => set(cell.field, value)} />
  ));
}

/** A rule: what is asked of which value, and where it leads. One that is put together is told in words. */
function Rule({ row, form, set, ask }: Omit<CellsOf, 'list'>) {
  const comparison = comparisonOf(row);
  const next = <FormField field="Next" as="choice" isRequired options={form.others} value={row['Next']} onSet={(value) => set('Next', value)} />;
  if ('Condition' in row) {
    return (
      <>
        <FormField field="Condition" as="line" value={row['Condition']} onSet={(value) => set('Condition', value)} />
        {next}
      </>
    );
  }
  if (!comparison) {
    return (
      <>
        <p className="left-to-text">
          <span className="mono">{condition(row)}</span>
          <span className="hint">{t('studio.inText')}</span>
        </p>
        {next}
      </>
    );
  }
  const { variable, operator, value } = comparison;
  return (
    <>
      <FormField field="Variable" as="line" value={variable} onSet={(to) => set('Variable', to)} />
      <Field label={t('studio.operator')}>
        <select value={operator} onChange={({ target }) => ask(comparison, target.value)}>
          {Object.entries(OPERATORS).map(([type, names]) => (
            <optgroup key={type} label={type}>{names.map((name) => <option key={name}>{name}</option>)}</optgroup>
          ))}
        </select>
      </Field>
      <ComparedValue operator={operator} value={value} onSet={(to) => set(operator, to)} />
      {next}
    </>
  );
}

function ComparedValue({ operator, value, onSet }: { operator: string; value: unknown; onSet: (value: unknown) => void }) {
  const as = comparedBy(operator);
  if (as !== 'check') return <FormField field={t('studio.value')} as={as} value={value} onSet={(to) => onSet(to ?? '')} />;
  return (
    <Field label={t('studio.value')}>
      <select value={String(value)} onChange={({ target }) => onSet(target.value === 'true')}>
        {['true', 'false'].map((one) => <option key={one}>{one}</option>)}
      </select>
    </Field>
  );
}
