// The operator's page: a token at the door, then charts, routes, every figure, and the event feed.
import { type ReactNode, useState } from 'react';
import { Button } from '@/components/Button';
import { Field } from '@/components/Field';
import { Form } from '@/components/Form';
import { Notice } from '@/components/Notice';
import { Panel } from '@/components/Page';
import { formatCompact, formatCount } from '@/lib/format';
import type { Stats } from '@/lib/schema';
import { readStored, removeStored, writeStored } from '@/lib/storage';
import { operatorTexts } from '@/lib/operatorTexts';
import { texts } from '@/lib/texts';
import { EventFeed } from './EventFeed';
import { type Chart, chartsOf, type Sample } from './samples';
import { Sparkline } from './Sparkline';
import css from './operator.module.css';
import { useStats } from './useStats';

const stored = 'usher:operator-token';

export function ControlRoom() {
  const [token, setToken] = useState(() => readStored<string>('session', stored));
  const enter = (value: string) => {
    writeStored('session', stored, value);
    setToken(value);
  };
  const leave = () => {
    removeStored('session', stored);
    setToken(null);
  };
  return token === null ? <Door onEnter={enter} /> : <Board key={token} token={token} onLeave={leave} />;
}

function Door({ onEnter }: { onEnter: (token: string) => void }) {
  const [text, setText] = useState('');
  return (
    <div className={css.door}>
      <Panel>
        <Form label={operatorTexts.title} error={null} onSubmit={() => text.trim() && onEnter(text.trim())}>
          <Field
            label={operatorTexts.token}
            hint={operatorTexts.tokenHint}
            type="password"
            name="operator-token"
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button look="primary" type="submit" wide>
            {operatorTexts.open}
          </Button>
        </Form>
      </Panel>
    </div>
  );
}

function Board({ token, onLeave }: { token: string; onLeave: () => void }) {
  const { state, samples } = useStats(token);
  if (state === 'refused') {
    return (
      <Notice tone="bad" actions={<Button onClick={onLeave}>{texts.errors.tryAgain}</Button>}>
        {operatorTexts.wrong}
      </Notice>
    );
  }
  const latest = samples.at(-1);
  return (
    <div className={css.board}>
      {state === 'away' && <Notice tone="wait">{operatorTexts.away}</Notice>}
      <ul className={css.charts}>
        {chartsOf(samples).map((chart) => (
          <ChartCard key={chart.name} chart={chart} />
        ))}
      </ul>
      <EventFeed token={token} />
      {latest && <Routes latest={latest} before={samples.at(-2) ?? latest} />}
      {latest && <AllFigures stats={latest.stats} />}
      <div>
        <Button onClick={onLeave}>{operatorTexts.leave}</Button>
      </div>
    </div>
  );
}

function shown(value: number, digits: number): string {
  if (value >= 10_000) return formatCompact(value);
  return value.toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const milliseconds = (ms: number) => operatorTexts.ms(shown(ms, ms < 10 ? 1 : 0));

function ChartCard({ chart: { name, unit, digits, values } }: { chart: Chart }) {
  const now = shown(values.at(-1) ?? 0, digits);
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => shown(value, digits));
  return (
    <li className={css.chart} aria-label={operatorTexts.chart(name, `${now} ${unit}`)}>
      <p className={css.chartName}>{name}</p>
      <p className={css.chartNow}>
        {now}
        <span>{unit}</span>
      </p>
      <Sparkline values={values} />
      <p className={css.chartRange}>{operatorTexts.lowHigh(low ?? '', high ?? '')}</p>
    </li>
  );
}

function Table({ title, head, children }: { title: string; head: string[]; children: ReactNode }) {
  return (
    <section className={css.section}>
      <h2>{title}</h2>
      {/* A wide table scrolls by itself; the keyboard reaches it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={css.scroll} tabIndex={0} role="region" aria-label={title}>
        <table className={css.table}>
          <thead>
            <tr>
              {head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </div>
    </section>
  );
}

function Routes({ latest, before }: { latest: Sample; before: Sample }) {
  const seconds = (latest.at_ms - before.at_ms) / 1000;
  const earlier = new Map(before.stats.routes.map((route) => [`${route.method} ${route.route}`, route.requests]));
  const used = latest.stats.routes.filter((route) => route.requests > 0);
  return (
    <Table title={operatorTexts.routes} head={Object.values(operatorTexts.route)}>
      {used.map((route) => {
        const name = `${route.method} ${route.route}`;
        const grown = route.requests - (earlier.get(name) ?? 0);
        return (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{formatCount(route.requests)}</td>
            <td>{seconds > 0 ? shown(Math.max(0, grown) / seconds, 0) : ''}</td>
            <td>{formatCount(route.clientErrors)}</td>
            <td data-bad={route.serverErrors > 0}>{formatCount(route.serverErrors)}</td>
            <td>{milliseconds(route.p50Ms)}</td>
            <td>{milliseconds(route.p99Ms)}</td>
          </tr>
        );
      })}
    </Table>
  );
}

function AllFigures({ stats }: { stats: Stats }) {
  const [filter, setFilter] = useState('');
  const labelled = stats.figures.map((figure) => ({
    ...figure,
    full: [figure.name, ...Object.entries(figure.labels).map(([name, value]) => `${name}=${value}`)].join(' '),
  }));
  const matching = labelled.filter(({ full, help }) => `${full} ${help}`.toLowerCase().includes(filter.toLowerCase()));
  return (
    <details className={css.section}>
      <summary>{operatorTexts.all}</summary>
      <Field label={operatorTexts.allFilter} value={filter} onChange={(event) => setFilter(event.target.value)} />
      <Table title={operatorTexts.all} head={[operatorTexts.figure, operatorTexts.meaning, operatorTexts.value]}>
        {matching.map((figure) => (
          <tr key={figure.full}>
            <th scope="row">{figure.full}</th>
            <td>{figure.help}</td>
            <td>{figure.value === null ? '' : formatCount(figure.value)}</td>
          </tr>
        ))}
      </Table>
    </details>
  );
}
