import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Router } from 'express';

/** Files in this folder have a hash of their content in their names. */
const ASSETS = '/assets/';

interface PageFile {
  readonly path: string;
  readonly body: Buffer;
  /** Of the content, because npm gives all files the same date. */
  readonly etag: string;
  /** The source of the inline script for the security policy; null without one. */
  readonly scriptSource: string | null;
}

/** The files of the live page by their paths. They are public. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** Reads all files at once, so that a page matches its server while a new version is being installed. */
export function readPageFiles(directory: string): PageFiles {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const body = readFileSync(file);
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      return {
        path: `/${file.slice(join(directory, '/').length).replaceAll('\\', '/')}`,
        body,
        etag,
        scriptSource: file.endsWith('.html') ? scriptSourceOf(body) : null,
      };
    });
  return new Map(files.flatMap((file) => namesOf(file.path).map((path) => [path, file] as const)));
}

/** Whether the path is that of an asset, which may be one of another version. */
export function isAssetPath(path: string): boolean {
  return path.startsWith(ASSETS);
}

export function pageRoutes(files: PageFiles): Router {
  return Router().use((request, response, next) => {
    const file = files.get(request.path);
    if (!file || !['GET', 'HEAD'].includes(request.method)) return next();
    response
      .set({
        ETag: file.etag,
        'Cache-Control': isAssetPath(file.path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      })
      .set('Content-Security-Policy', policyFor(file, response.get('Content-Security-Policy') ?? ''))
      .type(/[^.]+$/.exec(file.path)?.[0] ?? '')
      .send(file.body);
  });
}

/** Allows the inline script of index.html, which sets the base address behind a reverse proxy. */
function policyFor({ scriptSource }: PageFile, policy: string): string {
  if (scriptSource === null) return policy;
  return policy
    .replace("script-src 'self'", `script-src 'self' ${scriptSource}`)
    .replace("base-uri 'none'", "base-uri 'self'");
}

function scriptSourceOf(body: Buffer): string | null {
  const script = /<script>(.*?)<\/script>/s.exec(body.toString())?.[1];
  return script === undefined ? null : `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}

/** HTML files are also served without their extension: alerts link to `/runbooks`, which is the file runbooks.html. */
function namesOf(path: string): string[] {
  const plain = path.replace(/\.html$/, '');
  const names = plain === path ? [path] : [path, plain];
  return path === '/index.html' ? ['/', ...names] : names;
}
