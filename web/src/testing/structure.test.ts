// @vitest-environment node
// The repository's own rules for this folder.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, test } from 'vitest';

const src = resolve('src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));

function layerOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  return first === 'features' ? `features/${second}` : first;
}

const mayImport: Record<string, (layer: string) => boolean> = {
  lib: (layer) => layer === 'lib',
  components: (layer) => layer === 'components' || layer === 'lib',
  features: (layer) => layer === 'components' || layer === 'lib',
  app: (layer) => layer !== 'testing',
};

test('imports go one way: app -> features -> components and lib', () => {
  const wrong: string[] = [];
  for (const file of files.filter((name) => !/\.test\.|^testing|\/tests\/|^main/.test(name))) {
    const own = layerOf(file);
    const allowed = mayImport[own.split('/')[0] ?? ''];
    const source = readFileSync(join(src, file), 'utf8');
    for (const [, target = ''] of source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      if (!/^(@\/|\.)/.test(target)) continue;
      const path = target.startsWith('@/') ? target.slice(2) : relative(src, resolve(src, dirname(file), target));
      const layer = layerOf(path);
      if (layer !== own && !allowed?.(layer)) wrong.push(`${file} imports ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('api-types.ts is what docs/openapi.yaml says (npm run types)', { timeout: 30_000 }, async () => {
  const made = astToString(await openapiTS(pathToFileURL(resolve('../docs/openapi.yaml'))));
  const kept = readFileSync(join(src, 'lib/api-types.ts'), 'utf8');
  expect(kept.replace(/^\/\*\*[\s\S]*?\*\/\s*/, '').trim()).toBe(made.trim());
});

test('the node knows every address of the page', () => {
  const page = readFileSync(join(src, 'app/App.tsx'), 'utf8');
  const routes = [...page.matchAll(/^ {2}\['(\/[^']*)', /gm)].map(([, pattern]) => pattern);
  const node = readFileSync(resolve('../http/routes/page.cpp'), 'utf8');
  expect(routes.length).toBeGreaterThan(5);
  expect(routes.filter((pattern) => !node.includes(`"${pattern}"`))).toEqual([]);
});

test('words for people are in texts.ts, not in components', () => {
  const wrong: string[] = [];
  for (const file of files.filter((name) => name.endsWith('.tsx') && !/\.test\.|^testing/.test(name))) {
    const source = readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    for (const [, text = ''] of source.matchAll(/[^=]>\s*([A-Z][a-z]+(?: [a-z’]+)+[^<>{}]*)</g)) wrong.push(`${file}: ${text}`);
  }
  expect(wrong).toEqual([]);
});
