import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';
import { FakeFeed } from './FakeFeed';

// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 20_000 });

beforeEach(() => {
  if (typeof window === 'undefined') return; // a test of files
  FakeFeed.opened = [];
  vi.stubGlobal('scrollTo', () => undefined);
});

afterEach(() => {
  if (typeof window === 'undefined') return;
  cleanup();
  vi.unstubAllGlobals();
  vi.useRealTimers();
  sessionStorage.clear();
  localStorage.clear();
  window.history.replaceState(null, '', '/');
});
