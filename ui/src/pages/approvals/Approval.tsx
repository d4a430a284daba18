import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { approvals } from '../../api/approvals';
import { api } from '../../api/client';
import type { ApprovalItem } from '../../api/schema';
import { Ask } from '../../components/Ask';
import { Equivalents } from '../../components/Equivalents';
import { ParamFields } from '../../components/ParamFields';
import { Problem } from '../../components/Problem';
import { When } from '../../components/When';
import { rich } from '../../i18n/rich';
import { t } from '../../i18n/text';
import { decideAs, textOf } from '../../state/equivalents';
import { runName, workflowName } from '../../state/arn';
import { useKeys } from '../../state/keys';
import { tellMishap } from '../../state/mishap';
import { useNow } from '../../state/now';
import { paramsOf, read, type Texts } from '../../state/params';
import { useRefusal } from '../../state/role';
import { useUndo } from '../../state/undo';
import { Markdown } from '../../components/Markdown';
import { Due, Outlook } from './Outlook';

/** What one task asks, and the answer. */
export function Approval({ item }: { item: ApprovalItem }) {
  const queries = useQueryClient();
  const [texts, setTexts] = useState<Texts>({});
  const [comment, setComment] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [isRejecting, setRejecting] = useState(false);
  const params = paramsOf(item.form);
  const { values, mistakes } = read(params, texts);
  const missing = params.filter(({ name }) => name in mistakes);
  const isOpen = item.state === 'open';
  const role = useRefusal('operator');
  const refusal = useNotAsked(item) ?? role;
  const isReady = isOpen && refusal === undefined && Object.keys(mistakes).length === 0;
  const undo = useUndo();
  const isThere = useRef(false);
  useEffect(() => {
    isThere.current = true;
    return () => {
      isThere.current = false;
    };
  }, []);
  const refuse = (refused: Error) => {
    if (isThere.current) setError(refused);
    else tellMishap(t('approvals.refused', { task: item.task ?? runName(item.run), problem: refused.message }));
  };
  const decide = (decision: 'approve' | 'reject', said: string) => {
    const form = decision === 'approve' && params.length > 0 ? { form: values } : {};
    const answer = { decision, ...(said.trim() && { comment: said.trim() }), ...form };
    setError(null);
    undo.begin(() => {
      approvals
        .decide(item.id, answer)
        .then(() => queries.invalidateQueries({ queryKey: ['approvals'] }))
        .catch(refuse);
    });
  };
  const approve = () => {
    if (isReady && !undo.isPending) decide('approve', comment);
  };
  useKeys({ a: approve, x: () => isOpen && refusal === undefined && !undo.isPending && setRejecting(true), u: undo.undo });
  return (
    <aside className="inspector" aria-label={t('approvals.approval')}>
      <header>
        <h2>{item.task ?? t('approvals.approval')}</h2>
        <p className="hint">
          {rich('approvals.askedBy', {
            run: <Link to="/runs/$id" params={{ id: item.run }}>{workflowName(item.run)} {runName(item.run)}</Link>,
            time: <When at={item.opened} />,
          })}
        </p>
      </header>
      {item.message && <Markdown text={item.message} />}
      <Terms item={item} />
      {isOpen && <Outlook item={item} />}
      {item.decisions.length > 0 && <Decisions item={item} />}
      {undo.isPending && (
        <p className="stale" role="status">
          {t('approvals.sending')}{' '}
          <button type="button" onClick={undo.undo}>
            {t('approvals.undo')} <kbd>u</kbd>
          </button>
        </p>
      )}
      {isOpen && !undo.isPending && (
        <form
          className="form plain"
          onSubmit={(event) => {
            event.preventDefault();
            approve();
          }}
        >
          <ParamFields params={params} texts={texts} mistakes={mistakes} onChange={setTexts} />
          <label>
            <span>
              {t('approvals.comment')} <span className="hint">{t('common.optional')}</span>
            </span>
            <textarea rows={2} value={comment} maxLength={4_096} onChange={(event) => setComment(event.target.value)} />
          </label>
          {error !== null && <Problem error={error} />}
          {refusal && <p className="hint" role="note">{refusal}</p>}
          <Equivalents of={decideAs(item.id, 'approve', comment.trim(), params.length > 0 ? values : undefined)} />
          {missing.length > 0 && refusal === undefined && (
            <p id="approval-missing" className="hint" role="status">
              {t('approvals.missing', { fields: missing.map(({ title, name }) => title ?? name).join(', ') })}
            </p>
          )}
          <footer>
            <button type="button" disabled={refusal !== undefined} onClick={() => setRejecting(true)}>
              {t('approvals.rejectAsk')} <kbd>x</kbd>
            </button>
            <button type="submit" className="primary" disabled={!isReady} {...(missing.length > 0 && { 'aria-describedby': 'approval-missing' })}>
              {t('approvals.approve')} <kbd>a</kbd>
            </button>
          </footer>
        </form>
      )}
      {isRejecting && (
        <Ask
          title={t('approvals.rejectTitle')}
          verb={t('approvals.reject')}
          act={async (fields) => decide('reject', String(fields.get('comment')))}
          onClose={() => setRejecting(false)}
          as={(fields) => decideAs(item.id, 'reject', textOf(fields, 'comment'))}
        >
          <p>{item.on_reject === 'skip' ? t('approvals.skipHint') : t('approvals.rejectHint')}</p>
          <label>
            {t('approvals.comment')}
            <textarea name="comment" rows={3} maxLength={4_096} required defaultValue={comment} />
          </label>
        </Ask>
      )}
    </aside>
  );
}

/** Whom an approval asks: people by their names alone. */
const askedOf = ({ by = [] }: ApprovalItem) => by.map((one) => one.replace(/^user:/, '')).join(', ') || t('approvals.anybody');

/** Why the reader is not who is asked, as far as their name tells; the server knows their groups as well. */
function useNotAsked(item: ApprovalItem): string | undefined {
  const { user } = useQuery({ queryKey: ['info'], queryFn: api.info, staleTime: Infinity }).data ?? {};
  if (user === undefined) return undefined;
  if (item.not_by_starter && item.starter === user) return t('approvals.isStarter');
  const areNamed = item.by !== undefined && item.by.length > 0 && item.by.every((one) => one.startsWith('user:'));
  return areNamed && !item.by!.includes(`user:${user}`) ? t('approvals.notAsked', { who: askedOf(item) }) : undefined;
}

function Terms({ item }: { item: ApprovalItem }) {
  const now = useNow(item.state === 'open' && item.due !== undefined);
  const needed = item.count ?? 1;
  const given = item.decisions.filter(({ decision }) => decision === 'approve').length;
  return (
    <dl className="facts-list">
      <div>
        <dt>{t('approvals.who')}</dt>
        <dd>{[askedOf(item), item.not_by_starter && t('approvals.notStarter')].filter(Boolean).join(', ')}</dd>
      </div>
      {needed > 1 && (
        <div>
          <dt>{t('approvals.approvals')}</dt>
          <dd>{t('approvals.given', { given, needed })}</dd>
        </div>
      )}
      {item.due !== undefined && (
        <div>
          <dt>{t('approvals.due')}</dt>
          <dd>
            <When at={item.due} /> {item.state === 'open' && <Due item={item} now={now} />}
          </dd>
        </div>
      )}
    </dl>
  );
}

function Decisions({ item }: { item: ApprovalItem }) {
  return (
    <section aria-label={t('approvals.decisions')}>
      <h3>{t('approvals.decisions')}</h3>
      <ul className="plain-list">
        {item.decisions.map(({ by, decision, at, comment, form }) => (
          <li key={`${by}${at}`}>
            <Decision of={decision} name={<b>{by}</b>} time={<When at={at} />} />
            {comment && <p className="said">{comment}</p>}
            <Answers form={form} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What was answered to the form, if there was one. */
function Answers({ form }: { form: unknown }) {
  const answers = Object.entries((form ?? {}) as Record<string, unknown>);
  if (answers.length === 0) return null;
  return (
    <dl className="facts-list">
      {answers.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Decision({ of, name, time }: { of: string; name: ReactNode; time: ReactNode }) {
  return of === 'approve' ? rich('approvals.approved', { name, time }) : rich('approvals.rejected', { name, time });
}
