import { useEffect, useRef, useState } from 'react';
import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { stripeTexts } from '@/lib/stripeTexts';
import { texts } from '@/lib/texts';
import css from './OrderView.module.css';
import { type CardForm, mountCard } from './stripe';

interface Props {
  publishableKey: string;
  onReady: (form: CardForm | null) => void;
}

export function StripeCard({ publishableKey, onReady }: Props) {
  const target = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<'loading' | 'ready' | 'failed'>('loading');
  const [attempt, setAttempt] = useState(0);
  const ready = useRef(onReady);
  useEffect(() => {
    ready.current = onReady;
  });
  useEffect(() => {
    let form: CardForm | null = null;
    let gone = false;
    const element = target.current;
    if (!element) return;
    mountCard(publishableKey, element).then(
      (mounted) => {
        if (gone) return mounted.remove();
        form = mounted;
        setState('ready');
        ready.current(form);
      },
      () => !gone && setState('failed'),
    );
    return () => {
      gone = true;
      form?.remove();
      ready.current(null);
    };
  }, [publishableKey, attempt]);

  const again = () => {
    setState('loading');
    setAttempt(attempt + 1);
  };
  return (
    <div>
      <div ref={target} className={css.stripe} aria-label={stripeTexts.card} hidden={state === 'failed'} />
      {state === 'loading' && <p className="soft">{stripeTexts.loading}</p>}
      {state === 'failed' && (
        <Notice tone="bad" actions={<Button onClick={again}>{texts.errors.tryAgain}</Button>}>
          {stripeTexts.failed}
        </Notice>
      )}
    </div>
  );
}
