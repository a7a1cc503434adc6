// Every event as it is written, newest first, with filters.
import { useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '@/components/Button';
import { Field } from '@/components/Field';
import { formatCount } from '@/lib/format';
import type { FeedEvent, Subject } from '@/lib/schema';
import { operatorTexts } from '@/lib/operatorTexts';
import css from './operator.module.css';
import { streamEvents, type StreamState } from './streamEvents';

const kept_max = 2_000; // events; the oldest go
const shown_max = 200;
const subjects: Subject[] = [
  'ticket:created',
  'ticket:updated',
  'order:created',
  'order:cancelled',
  'expiration:complete',
  'payment:created',
];

export function EventFeed({ token }: { token: string }) {
  const [events, setEvents] = useState<FeedEvent[]>([]); // newest first
  const [state, setState] = useState<StreamState>('connecting');
  const [after, setAfter] = useState<number | null>(null);
  const [pausedAt, setPausedAt] = useState<number | null>(null); // seq
  const [hidden, setHidden] = useState<ReadonlySet<Subject>>(new Set());
  const [text, setText] = useState('');

  const waiting = useRef<FeedEvent[]>([]);
  useEffect(() => {
    // A burst is drawn once a frame, not once an event.
    let frame = 0;
    const draw = () => {
      frame = 0;
      const fresh = waiting.current.splice(0).reverse();
      setEvents((kept) => [...fresh, ...kept].slice(0, kept_max));
    };
    const take = (more: FeedEvent[]) => {
      waiting.current.push(...more);
      frame ||= requestAnimationFrame(draw);
    };
    const stop = streamEvents(token, after, take, setState);
    return () => {
      cancelAnimationFrame(frame);
      stop();
    };
  }, [token, after]);

  const wanted = useMemo(() => {
    const part = text.trim().toLowerCase();
    return events.filter(
      (event) => !hidden.has(event.subject) && (part === '' || JSON.stringify(event.data).toLowerCase().includes(part)),
    );
  }, [events, hidden, text]);
  const visible = pausedAt === null ? wanted : wanted.filter((event) => event.seq <= pausedAt);
  const heldBack = wanted.length - visible.length;

  const toggle = (subject: Subject) => {
    const next = new Set(hidden);
    if (!next.delete(subject)) next.add(subject);
    setHidden(next);
  };
  const replay = () => {
    setEvents([]);
    setPausedAt(null);
    setAfter(after === 0 ? null : 0);
  };
  return (
    <section className={css.section} aria-label={operatorTexts.feed}>
      <div className={css.feedHead}>
        <div>
          <h2>{operatorTexts.feed}</h2>
          <p className="soft">{state === 'away' ? operatorTexts.away : operatorTexts.feedLead}</p>
        </div>
        <div className={css.feedActions}>
          <Button onClick={() => setPausedAt(pausedAt === null ? (events[0]?.seq ?? 0) : null)}>
            {pausedAt === null ? operatorTexts.feedPause : operatorTexts.feedResume}
          </Button>
          <Button onClick={replay}>{after === 0 ? operatorTexts.feedLive : operatorTexts.feedReplay}</Button>
          <Button onClick={() => setEvents([])}>{operatorTexts.feedClear}</Button>
        </div>
      </div>
      <div className={css.filters}>
        <Field label={operatorTexts.feedFilter} value={text} onChange={(event) => setText(event.target.value)} />
        <fieldset className={css.subjects}>
          <legend className="visually-hidden">{operatorTexts.subjects}</legend>
          {subjects.map((subject) => (
            <label key={subject} data-subject={subject}>
              <input type="checkbox" checked={!hidden.has(subject)} onChange={() => toggle(subject)} />
              <span>{subject}</span>
            </label>
          ))}
        </fieldset>
      </div>
      {heldBack > 0 && <p className="soft">{operatorTexts.feedHeld(formatCount(heldBack))}</p>}
      {visible.length === 0 ? (
        <p className={css.quiet}>{operatorTexts.feedEmpty}</p>
      ) : (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <ol className={css.events} tabIndex={0}>
          {visible.slice(0, shown_max).map((event) => (
            <li key={event.seq} data-subject={event.subject}>
              <span className={css.seq}>{event.seq}</span>
              <span className={css.subject}>{event.subject}</span>
              <span className={css.data}>{summary(event)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

// The fields of an event in one line: ids short, but searched in full.
function summary(event: FeedEvent): string {
  const flat = (value: object): string[] =>
    Object.entries(value).flatMap(([name, field]: [string, unknown]) => {
      if (typeof field === 'object' && field !== null) return flat(field).map((part) => `${name}.${part}`);
      const text = String(field);
      return [`${name} ${/^[0-9a-f]{24}$/.test(text) ? `…${text.slice(-6)}` : text}`];
    });
  return flat(event.data).join('  ');
}
