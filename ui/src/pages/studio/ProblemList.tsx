import { t } from '../../i18n/text';
import type { FoundProblem } from '../../studio/problems';

interface Props {
  problems: readonly FoundProblem[];
  isLooking: boolean;
  onShow: (problem: FoundProblem) => void;
  onFix: (problem: FoundProblem) => void;
}

/** What is wrong, in the order of the text; choosing one goes there. */
export function ProblemList({ problems, isLooking, onShow, onFix }: Props) {
  if (problems.length === 0) return <p className="hint drawer-hint">{t(isLooking ? 'studio.looking' : 'studio.noProblem')}</p>;
  return (
    <ul className="problem-list">
      {problems.map((problem, at) => (
        <li key={at}>
          <button type="button" className="quiet" onClick={() => onShow(problem)}>
            <span className="mono">{problem.line}:{problem.column}</span>
            <span className={problem.severity === 'error' ? 'severity error' : 'severity'}>
              {t(problem.severity === 'error' ? 'studio.error' : 'studio.warning')}
            </span>
            <span>
              {problem.message} <span className="hint">{problem.suggestion}</span>
            </span>
            <code>{problem.code}</code>
          </button>
          {problem.meant !== null && (
            <button type="button" className="small" onClick={() => onFix(problem)}>
              {t('studio.fix', { name: problem.meant })}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
