// Time left until a deadline of the server's clock: digits, and a strip of seats that empties.
import { useRemaining } from '@/lib/clock';
import { clockText, durationText } from '@/lib/format';
import { orderTexts } from '@/lib/orderTexts';
import css from './Countdown.module.css';

const segments = 15;
const urgent_ms = 60_000;

export function Countdown({ until, outOf_ms, label }: { until: string; outOf_ms: number; label: string }) {
  const left_ms = useRemaining(until);
  const filled = Math.ceil((left_ms / outOf_ms) * segments);
  return (
    <div className={css.countdown} data-urgent={left_ms <= urgent_ms}>
      <div className={css.row}>
        <p>{label}</p>
        <p className={css.digits} role="timer" aria-label={label}>
          {clockText(left_ms)}
        </p>
      </div>
      <div className={css.strip} aria-hidden="true">
        {Array.from({ length: segments }, (_, i) => (
          <span key={i} data-left={i < filled} data-current={i === filled - 1} />
        ))}
      </div>
      <p className="visually-hidden" role="status">
        {announcement(left_ms)}
      </p>
    </div>
  );
}

// Spoken rarely: a screen reader that counts seconds is of no use to anybody.
function announcement(left_ms: number): string {
  const mark = [30_000, 60_000, 300_000].find((ms) => left_ms <= ms);
  return mark && left_ms > 0 ? orderTexts.order.lessThan(durationText(mark)) : '';
}
