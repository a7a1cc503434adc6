// A small line of the last two minutes; the number beside it is what counts.
import { samples_max } from './samples';
import css from './operator.module.css';

const width = 240;
const height = 56;
const window_min = 30; // samples; a line that begins does not fill the width at once

export function Sparkline({ values }: { values: number[] }) {
  const slots = Math.min(samples_max, Math.max(window_min, values.length));
  const top = Math.max(...values, 1e-9) * 1.08;
  const x = (i: number) => width - ((values.length - 1 - i) * width) / (slots - 1);
  const y = (value: number) => height - 2 - (value / top) * (height - 4);
  const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`);
  const last = values.length - 1;
  return (
    <svg className={css.spark} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <line className={css.ground} x1={0} x2={width} y1={height - 0.5} y2={height - 0.5} />
      <polygon className={css.area} points={`${x(0).toFixed(1)},${height} ${points.join(' ')} ${width},${height}`} />
      <polyline className={css.line} points={points.join(' ')} />
      <line className={css.now} x1={x(last)} x2={x(last)} y1={y(values[last] ?? 0)} y2={height} />
    </svg>
  );
}
