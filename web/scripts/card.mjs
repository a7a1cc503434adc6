// `npm run card`: public/card.png, the picture that messengers and networks show beside a link
// (og:image). They draw no SVG, and nothing that a script draws.
/* global process, document */
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const font = readFileSync('node_modules/@fontsource-variable/archivo/files/archivo-latin-wdth-normal.woff2').toString('base64');
const html = `<style>
  @font-face { font-family: Archivo; font-weight: 100 900; font-stretch: 62% 125%; src: url(data:font/woff2;base64,${font}) }
  body { margin: 0; width: 1200px; height: 630px; display: grid; place-items: center; background: oklch(0.172 0.026 285); font-family: Archivo }
  main { position: relative; display: grid; grid-template-columns: 1fr 250px; width: 980px; height: 400px; color: oklch(0.27 0.1 92) }
  section, aside { background: oklch(0.845 0.135 92); padding: 48px 56px; display: flex; flex-direction: column; justify-content: space-between }
  section { border-radius: 14px 0 0 14px; border-right: 6px dotted oklch(0.172 0.026 285) }
  aside { border-radius: 0 14px 14px 0; align-items: end; text-align: right }
  h1 { margin: 0; font-size: 170px; font-weight: 850; font-stretch: 125%; letter-spacing: -0.045em; line-height: 0.9 }
  p { margin: 0; font-size: 44px; font-weight: 650; font-stretch: 100%; line-height: 1.1 }
  aside p { font-weight: 820; font-stretch: 62%; font-size: 58px; text-transform: uppercase; line-height: 0.95 }
  svg { width: 130px }
</style>
<main><section><p>Buy and sell tickets</p><h1>Usher</h1></section>
<aside><svg viewBox="0 0 130 60" fill="currentColor"><path d="M0 0h6v60H0zM12 0h3v60h-3zM20 0h9v60h-9zM34 0h3v60h-3zM42 0h6v60h-6zM54 0h3v60h-3zM61 0h9v60h-9zM76 0h4v60h-4zM85 0h8v60h-8zM98 0h3v60h-3zM107 0h6v60h-6zM118 0h3v60h-3zM125 0h5v60h-5z"/></svg><p>Admit one</p></aside></main>`;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1200, height: 630 } });
await page.setContent(html);
await page.evaluate(() => document.fonts.ready);
await page.screenshot({ path: 'public/card.png' });
await browser.close();
