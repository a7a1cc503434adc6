import '@/styles/tokens.css';
import '@/styles/base.css';
import { createRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import { App } from '@/app/App';
import { createQueryClient, readInitialState } from '@/app/boot';
import { applyStoredTheme } from '@/app/theme';

applyStoredTheme();
const root = document.getElementById('root');
if (root) {
  const client = createQueryClient(readInitialState(document));
  // At once, not when React finds time: the browser waits for this script before it paints.
  flushSync(() => createRoot(root).render(<App client={client} />));
}
