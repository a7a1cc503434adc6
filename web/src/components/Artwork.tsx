// The picture on a ticket: one of eight printed motifs, with its own measures for every ticket.
// Tickets have no photographs; this is what makes two of them tell apart at a glance.
import { memo, type ReactNode } from 'react';
import { type Draw, drawFrom } from './seed';

const w = 120;
const h = 160;
const n = (value: number) => Math.round(value * 10) / 10;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

function rays(draw: Draw): ReactNode {
  const [cx, cy] = [draw(w), h * (0.55 + draw(0.6))];
  const count = 14 + Math.floor(draw(12));
  const wedge = Math.PI / count;
  const turn = draw(wedge);
  const point = (angle: number) => `${n(cx + 260 * Math.cos(angle))},${n(cy + 260 * Math.sin(angle))}`;
  const path = range(count)
    .map((i) => `M${n(cx)},${n(cy)}L${point(turn + 2 * i * wedge)} ${point(turn + (2 * i + 1) * wedge)}Z`)
    .join('');
  return (
    <>
      <path d={path} className="print" />
      <circle cx={n(cx)} cy={n(cy)} r={n(20 + draw(16))} className="spot" />
    </>
  );
}

function record(draw: Draw): ReactNode {
  const [cx, cy] = [w * (0.2 + draw(0.6)), h * (0.25 + draw(0.5))];
  const step = 6 + draw(5);
  return (
    <>
      {range(22).map((i) => (
        <circle
          key={i}
          cx={n(cx)}
          cy={n(cy)}
          r={n(18 + i * step)}
          className="line"
          strokeWidth={n(step * (0.25 + 0.3 * Math.abs(Math.sin(i * 1.7))))}
        />
      ))}
      <circle cx={n(cx)} cy={n(cy)} r="13" className="spot" />
      <circle cx={n(cx)} cy={n(cy)} r="3" className="ground" />
    </>
  );
}

function waves(draw: Draw): ReactNode {
  const step = 9 + draw(6);
  const length = 40 + draw(50);
  const lift = 4 + draw(9);
  const phase = draw(length);
  const wave = (y: number, shift: number) => {
    let d = `M${n(-length - phase + shift)},${n(y)}`;
    for (let x = -length; x < w + length; x += length)
      d += `q${n(length / 4)},${n(-lift)} ${n(length / 2)},0t${n(length / 2)},0`;
    return d;
  };
  return (
    <>
      <circle cx={n(44 + draw(32))} cy={n(30 + draw(30))} r={n(16 + draw(10))} className="spot" />
      {range(20).map((i) => (
        <path key={i} d={wave(62 + i * step, i * 5)} className="line" strokeWidth={n(1.5 + i * 0.55)} />
      ))}
    </>
  );
}

function halftone(draw: Draw): ReactNode {
  const step = 10 + draw(3);
  const [fx, fy] = [draw(w), draw(h)];
  const reach = 110 + draw(50);
  const dots = range(Math.ceil(h / step) * 2).flatMap((row) =>
    range(Math.ceil(w / step) + 1).map((column) => {
      const x = column * step + (row % 2 ? step / 2 : 0);
      const y = (row * step) / 1.6;
      const r = step * 0.62 * Math.max(0, 1 - Math.hypot(x - fx, y - fy) / reach);
      return r > 0.5 && y < h + step ? `M${n(x - r)},${n(y)}a${n(r)},${n(r)} 0 1 0 ${n(2 * r)},0a${n(r)},${n(r)} 0 1 0 ${n(-2 * r)},0` : '';
    }),
  );
  return <path d={dots.join('')} className="print" />;
}

function arches(draw: Draw): ReactNode {
  const step = 8 + draw(4);
  const cx = w / 2 + (draw(30) - 15);
  const foot = h * (0.86 + draw(0.1));
  return (
    <>
      {range(9).map((i) => {
        const r = 14 + i * step;
        return (
          <path
            key={i}
            d={`M${n(cx - r)},${h + 4}V${n(foot - 46)}a${n(r)},${n(r * 1.15)} 0 0 1 ${n(2 * r)},0V${h + 4}`}
            className="line"
            strokeWidth={n(step * 0.48)}
          />
        );
      })}
      <circle cx={n(cx)} cy={n(foot - 40)} r="8" className="spot" />
      <path d={`M${n(cx - 9)},${h}v-44h18v44z`} className="spot" />
    </>
  );
}

function beams(draw: Draw): ReactNode {
  const x = w * (0.36 + draw(0.28));
  const floor = h * (0.78 + draw(0.08));
  const spread = 20 + draw(12);
  const beam = (from: number) => `M${n(from)},-6L${n(x - spread)},${n(floor)}h${n(2 * spread)}Z`;
  return (
    <>
      <path d={beam(-10 + draw(20))} className="print half" />
      <path d={beam(w - draw(20))} className="print half" />
      <path d={beam(x + draw(30) - 15)} className="print half" />
      <ellipse cx={n(x)} cy={n(floor)} rx={n(spread)} ry={n(spread * 0.28)} className="spot" />
      {range(6).map((i) => (
        <path key={i} d={`M0,${n(floor + 10 + i * (4 + i))}h${w}`} className="line" strokeWidth={n(1 + i * 0.7)} />
      ))}
    </>
  );
}

function harlequin(draw: Draw): ReactNode {
  const a = 10 + draw(6);
  const b = a * (1.25 + draw(0.5));
  const columns = Math.ceil(w / (2 * a)) + 2;
  const rows = Math.ceil(h / b) + 2;
  const lucky = (3 + Math.floor(draw(4))) * columns + Math.floor(columns / 2);
  const diamonds = range(rows * columns).map((i) => {
    const row = Math.floor(i / columns);
    const x = (i % columns) * 2 * a + (row % 2 ? a : 0) - a;
    const d = `M${n(x)},${n(row * b - b)}l${n(a)},${n(b)} ${n(-a)},${n(b)} ${n(-a)},${n(-b)}Z`;
    return { d, tone: i === lucky ? 'spot' : row % 2 ? 'print' : draw(1) < 0.4 ? 'half' : 'none' };
  });
  const all = (tone: string) => diamonds.map((diamond) => (diamond.tone === tone ? diamond.d : '')).join('');
  return (
    <>
      <path d={all('print')} className="print" />
      <path d={all('half')} className="print half" />
      <path d={all('spot')} className="spot" />
    </>
  );
}

function seats(draw: Draw): ReactNode {
  const columns = 4 + Math.floor(draw(3));
  const size = w / (columns + 0.8);
  const rows = Math.ceil(h / (size * 1.08)) + 1;
  const yours = columns * (1 + Math.floor(draw(3))) + Math.floor(columns / 2) - Math.floor(draw(2)); // a card shows the middle only
  return range(rows * columns).map((i) => {
    const row = Math.floor(i / columns);
    const x = size * 0.5 + (i % columns) * size + (row % 2 ? size * 0.25 : -size * 0.1);
    const y = size * 0.35 + row * size * 1.08;
    return (
      <g key={i} className={i === yours ? 'spot' : 'print'}>
        <rect x={n(x)} y={n(y)} width={n(size * 0.72)} height={n(size * 0.56)} rx={n(size * 0.2)} />
        <rect x={n(x - size * 0.06)} y={n(y + size * 0.62)} width={n(size * 0.84)} height={n(size * 0.2)} rx={n(size * 0.1)} />
      </g>
    );
  });
}

const motifs = [rays, record, waves, halftone, arches, beams, harlequin, seats];

export const Artwork = memo(function Artwork({ id }: { id: string }) {
  const draw = drawFrom(`art${id}`);
  const motif = motifs[Math.floor(draw(motifs.length))] ?? rays;
  return (
    <svg viewBox={`0 0 ${w} ${h}`} preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">
      {motif(draw)}
    </svg>
  );
});

/** Bars from the id's digits. A picture, not a code for scanners. */
export const Barcode = memo(function Barcode({ id }: { id: string }) {
  let x = 0;
  let d = '';
  for (const digit of id) {
    const value = parseInt(digit, 16) || 0;
    for (const [bar, gap] of [[1 + (value >> 2), 1 + (value & 1)], [1 + ((value >> 1) & 1), 1 + (value & 3)]] as const) {
      d += `M${x},0h${bar}v24h${-bar}z`;
      x += bar + gap;
    }
  }
  return (
    <svg className="barcode" viewBox={`0 0 ${x} 24`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <path d={d} fill="currentColor" />
    </svg>
  );
});
