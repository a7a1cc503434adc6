// Shows a long list that is already here a piece at a time.
import { type ReactNode, useState } from 'react';
import { texts } from '@/lib/texts';
import { Button } from './Button';

const piece = 30;

export function useMore<T>(rows: T[]): { shown: T[]; more: ReactNode } {
  const [count, setCount] = useState(piece);
  const more =
    rows.length > count ? (
      <div>
        <Button onClick={() => setCount(count + piece)}>{texts.list.more}</Button>
      </div>
    ) : null;
  return { shown: rows.slice(0, count), more };
}
