// Style and architecture as rules. The messages say what to do instead; the reasons stand in docs/ARCHITECTURE.md and
// CONTRIBUTING.md. Formatting is prettier's.
import { defineConfig, globalIgnores } from 'eslint/config';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';
import { browserSafe } from './tools/eslint/browserSafe.js';
import { forbiddenImports, packageNames } from './tools/eslint/importDirection.js';
import { everywhere, inSources, inTests } from './tools/eslint/syntax.js';

/** Packages whose main entry also runs in a browser. */
const browserPackages = ['core', 'layers', 'weights', 'text', 'vision', 'audio', 'video', 'fusion', 'objectives'];

const testFiles = ['**/*.test.ts', '**/*.test-d.ts', 'test/**/*.ts', 'examples/*/test/**/*.ts'];

const nodeGlobals = Object.fromEntries(
  [
    'process',
    'console',
    'Buffer',
    'URL',
    'performance',
    'fetch',
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'clearInterval',
    'structuredClone',
    'TextDecoder',
    'TextEncoder',
    'WebAssembly',
    'globalThis',
  ].map((name) => [name, 'readonly']),
);

export default defineConfig(
  globalIgnores(['**/dist/', '**/node_modules/', 'docs/api/', '**/runs/', '**/.cache/', 'packages/*/assembly/']),
  {
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    plugins: { tessera: { rules: { 'browser-safe': browserSafe } }, 'import-x': importX },
    rules: {
      eqeqeq: 'error',
      'no-constant-condition': 'error',
      'no-empty': 'error',
      'no-fallthrough': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-escape': 'error',
      'import-x/first': 'error',
      'import-x/no-duplicates': ['error', { 'prefer-inline': true }],
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: nodeGlobals },
    rules: { 'no-undef': 'error', 'no-unused-vars': 'error', 'no-var': 'error', 'prefer-const': 'error' },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'no-restricted-syntax': ['error', ...everywhere],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true, 'ts-check': true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-useless-default-assignment': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // An interface may be asynchronous where one implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // A type parameter that appears once is how a caller names the type of a service or a saved model.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // TensorFlow.js lets any operation claim any rank: an assertion is how the rank is stated.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // What comes from files and users breaks its declared type: conditions that look needless are checks.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Parts are objects of functions, taken apart where they are used.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-generated-empty-object-type': 'off',
    },
  },
  ...packageNames.map((name) => ({
    files: [`packages/${name}/src/**/*.ts`],
    ignores: testFiles,
    rules: {
      'no-restricted-imports': ['error', { patterns: forbiddenImports(name) }],
      'no-restricted-syntax': ['error', ...everywhere, ...inSources],
    },
  })),
  {
    files: browserPackages.map((name) => `packages/${name}/src/**/*.ts`),
    ignores: testFiles,
    rules: { 'tessera/browser-safe': 'error' },
  },
  {
    // Contracts are called with callbacks that the caller's types describe.
    files: ['packages/testing/src/**/*.ts'],
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: testFiles,
    rules: {
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      'no-restricted-syntax': ['error', ...everywhere, ...inTests],
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      // Tests take results apart and hand in what the types forbid.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
);
