// Every event as it is written, newest first, with filters.
import { useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '@/components/Button';
import { Field } from '@/components/Field';
import { formatCount } from '@/lib/format';
import type { LiveEvent, LiveState } from '@/lib/liveState';
import type { Subject } from '@/lib/schema';
import { openStream } from '@/lib/stream';
import { operatorTexts } from '@/lib/operatorTexts';
import css from './operator.module.css';

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

type Arrived = LiveEvent & { number: number }; // counted as they come

export function EventFeed({ token }: { token: string }) {
  const [events, setEvents] = useState<Arrived[]>([]); // newest first
  const [state, setState] = useState<LiveState>('connecting');
  const [fromStart, setFromStart] = useState(false);
  const [pausedAt, setPausedAt] = useState<number | null>(null); // number
  const [hidden, setHidden] = useState<ReadonlySet<Subject>>(new Set());
  const [text, setText] = useState('');

  const waiting = useRef<Arrived[]>([]);
  useEffect(() => {
    // A burst is drawn once a frame, not once an event.
    let frame = 0;
    let count = 0;
    const draw = () => {
      frame = 0;
      const fresh = waiting.current.splice(0).reverse();
      setEvents((kept) => [...fresh, ...kept].slice(0, kept_max));
    };
    const take = (more: LiveEvent[]) => {
      waiting.current.push(...more.map((event) => ({ ...event, number: ++count })));
      frame ||= requestAnimationFrame(draw);
    };
    const clear = () => {
      waiting.current = [];
      setEvents([]);
      setPausedAt(null);
    };
    const stream = openStream(
      (message) => {
        if (message.kind === 'events') take(message.events);
        else if (message.kind === 'state') setState(message.state);
        else if (message.kind === 'reset') clear();
      },
      { headers: { Authorization: `Bearer ${token}` }, after: fromStart ? '0' : null },
    );
    return () => {
      cancelAnimationFrame(frame);
      stream.close();
      clear();
    };
  }, [token, fromStart]);

  const wanted = useMemo(() => {
    const part = text.trim().toLowerCase();
    return events.filter(
      (event) => !hidden.has(event.subject) && (part === '' || JSON.stringify(event.data).toLowerCase().includes(part)),
    );
  }, [events, hidden, text]);
  const visible = pausedAt === null ? wanted : wanted.filter((event) => event.number <= pausedAt);
  const heldBack = wanted.length - visible.length;

  const toggle = (subject: Subject) => {
    const next = new Set(hidden);
    if (!next.delete(subject)) next.add(subject);
    setHidden(next);
  };
  return (
    <section className={css.section} aria-label={operatorTexts.feed}>
      <div className={css.feedHead}>
        <div>
          <h2>{operatorTexts.feed}</h2>
          <p className="soft">{state === 'offline' ? operatorTexts.away : operatorTexts.feedLead}</p>
        </div>
        <div className={css.feedActions}>
          <Button onClick={() => setPausedAt(pausedAt === null ? (events[0]?.number ?? 0) : null)}>
            {pausedAt === null ? operatorTexts.feedPause : operatorTexts.feedResume}
          </Button>
          <Button onClick={() => setFromStart(!fromStart)}>{fromStart ? operatorTexts.feedLive : operatorTexts.feedReplay}</Button>
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
            <li key={event.number} data-subject={event.subject}>
              <span className={css.seq}>{event.id}</span>
              <span className={css.subject}>{event.subject}</span>
              <span className={css.data} dir="auto">{summary(event)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

// The fields of an event in one line: ids short, but searched in full.
function summary(event: LiveEvent): string {
  const flat = (value: object): string[] =>
    Object.entries(value).flatMap(([name, field]: [string, unknown]) => {
      if (typeof field === 'object' && field !== null) return flat(field).map((part) => `${name}.${part}`);
      const text = String(field);
      return [`${name} ${/^[0-9a-f]{24}$/.test(text) ? `…${text.slice(-6)}` : text}`];
    });
  return flat(event.data).join('  ');
}
