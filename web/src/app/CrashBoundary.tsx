// A bug in one page must not leave an empty window.
import { Component, type ReactNode } from 'react';
import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { texts } from '@/lib/texts';

export class CrashBoundary extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    if (!this.state.crashed) return this.props.children;
    const reload = <Button onClick={() => window.location.reload()}>{texts.errors.reload}</Button>;
    return (
      <Notice tone="bad" title={texts.errors.crashed} actions={reload}>
        {texts.errors.crashedBody}
      </Notice>
    );
  }
}
