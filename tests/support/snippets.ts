import { readdirSync } from 'node:fs';

import { marked, type Token, type Tokens } from 'marked';

import { readRepositoryFile, repositoryPath } from './repository-file.ts';

/** A code block of the README or of a page of docs. */
export interface Snippet {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

function snippetsOf(page: string): Snippet[] {
  const snippets: Snippet[] = [];
  void marked.walkTokens(marked.lexer(readRepositoryFile(page)), (token: Token) => {
    if (token.type !== 'code') return;
    const { lang = '', text } = token as Tokens.Code;
    snippets.push({ page, language: lang, text });
  });
  return snippets;
}

const pages = ['README.md', ...readdirSync(repositoryPath('docs')).map((name) => `docs/${name}`)];

export const snippets: readonly Snippet[] = pages.filter((path) => path.endsWith('.md')).flatMap(snippetsOf);

export const inLanguage = (...languages: string[]): Snippet[] =>
  snippets.filter(({ language }) => languages.includes(language));
