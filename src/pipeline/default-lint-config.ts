import js from '@eslint/js';
import * as typescriptParser from '@typescript-eslint/parser';
import type { Linter } from 'eslint';

/**
 * For workspaces without an ESLint configuration of their own: what is most likely a mistake is an error; what
 * could be said better, and mostly by a fix, is a warning. `no-useless-return` is left out, because its fix lets
 * a `case` fall through into the next one.
 */
export const defaultLintConfig: Linter.Config[] = [
  { ignores: ['**/dist/', '**/coverage/', '**/*.min.*'] },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs,jsx}'],
    languageOptions: { parserOptions: { ecmaFeatures: { jsx: true } } },
  },
  {
    // Directives in the code speak of rules that we do not have.
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    rules: {
      // Nobody has told us whether the code is for Node.js, browsers or tests, and which globals it has.
      'no-undef': 'off',
      'arrow-body-style': 'warn',
      curly: 'warn',
      'dot-notation': 'warn',
      eqeqeq: ['warn', 'always', { null: 'ignore' }],
      'logical-assignment-operators': 'warn',
      'no-else-return': 'warn',
      'no-lonely-if': 'warn',
      'no-undef-init': 'warn',
      'no-unneeded-ternary': 'warn',
      'no-useless-computed-key': 'warn',
      'no-useless-rename': 'warn',
      'no-var': 'warn',
      'object-shorthand': 'warn',
      'operator-assignment': 'warn',
      'prefer-arrow-callback': 'warn',
      'prefer-const': 'warn',
      'prefer-exponentiation-operator': 'warn',
      'prefer-numeric-literals': 'warn',
      'prefer-object-spread': 'warn',
      'prefer-template': 'warn',
      yoda: 'warn',
    },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
  {
    files: ['**/*.{ts,mts,cts,tsx}'],
    languageOptions: { parser: typescriptParser },
    rules: {
      // Types, overloads and index signatures are beyond these; the compiler sees what they look for.
      'no-dupe-class-members': 'off',
      'no-redeclare': 'off',
      'no-unused-vars': 'off',
      'dot-notation': 'off',
    },
  },
];
