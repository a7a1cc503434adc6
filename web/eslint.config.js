import { fileURLToPath, URL } from 'node:url';
import js from '@eslint/js';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

// Imports go one way: app -> features -> shared (components, lib). src/testing/structure.test.ts
// checks the same for relative imports and for one feature that reaches into another.
const layer = (files, forbidden, message) => ({
  files,
  ignores: ['**/*.test.*'],
  rules: {
    'no-restricted-imports': ['error', { patterns: [{ group: forbidden, message }] }],
  },
});

export default ts.config(
  { ignores: ['dist', 'node_modules', 'screenshots', 'src/lib/api-types.ts'] },
  js.configs.recommended,
  ...ts.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'scripts/*.mjs'] },
        tsconfigRootDir: fileURLToPath(new URL(".", import.meta.url)),
      },
    },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  { files: ['src/**/*.tsx'], ...a11y.flatConfigs.recommended },
  { files: ['src/**/*.{ts,tsx}'], ...hooks.configs.flat['recommended-latest'] },
  layer(['src/lib/**'], ['@/app/*', '@/features/*', '@/components/*'], 'lib knows nobody above it'),
  layer(['src/components/**'], ['@/app/*', '@/features/*'], 'components know no feature'),
  layer(['src/features/**'], ['@/app/*', '@/features/*'], 'features know neither app nor each other'),
  { files: ['**/*.{js,mjs}'], ...ts.configs.disableTypeChecked },
);
