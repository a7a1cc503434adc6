// Says that what stands beside it follows the server by itself.
import { useLiveState } from '@/lib/liveState';
import { texts } from '@/lib/texts';
import css from './LiveDot.module.css';

export function LiveDot() {
  const live = useLiveState();
  return (
    <span className={css.dot} data-live={live}>
      {texts.live.states[live]}
    </span>
  );
}
