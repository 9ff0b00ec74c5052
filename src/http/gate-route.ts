import type { RequestHandler, Response } from 'express';

import type { Gate } from './gate.ts';
import { HEALTH_PATHS } from './health-routes.ts';
import { noteRefusal, sendError } from './http-error.ts';
import { isAssetPath, type PageFiles } from './page-files.ts';
import type { Refusal } from './refusals.ts';

/**
 * The checks that a path requires: none, the Host, the source (Host and Origin), or the source and the key. An `unknown` path
 * belongs to the app in which the routes are mounted.
 */
type Requirement = 'nothing' | 'host' | 'source' | 'key' | 'unknown';

export interface GatedPaths {
  /** The files of the live page; null if it is not served. */
  readonly page: PageFiles | null;
  /** The checks that `/mcp` requires; null if it is not served. */
  readonly mcp: 'source' | 'key' | null;
  readonly isMounted: boolean;
}

/** Applies the required checks to each request. A path that is not listed requires the key. */
export function gateRequests(gate: Gate, paths: GatedPaths): RequestHandler {
  const requirementOf = createTable(paths);
  return (request, response, next) => {
    const requirement = requirementOf(request.path);
    if (requirement === 'nothing') return next();
    if (requirement === 'unknown') return next('router');
    const source = requirement === 'host' ? gate.checkHost(request) : gate.checkSource(request);
    const refusal = source ?? (requirement === 'key' ? gate.checkKey(request) : null);
    if (refusal) sendRefusal(response, refusal);
    else next();
  };
}

/** Whether a path is `/mcp` or below it, as Express matches paths. */
export function isMcpPath(path: string): boolean {
  return /^\/mcp(\/|$)/i.test(path);
}

function createTable({ page, mcp, isMounted }: GatedPaths): (path: string) => Requirement {
  return (path) => {
    if (HEALTH_PATHS.includes(path.toLowerCase().replace(/(?<=.)\/$/, ''))) return 'nothing';
    // A page of an older version may request an asset that no longer exists.
    if (page?.has(path) || (page && !isMounted && isAssetPath(path))) return 'host';
    if (isMcpPath(path) && mcp !== null) return mcp;
    const isOurs = /^\/(metrics|api\/v1)(\/|$)/i.test(path);
    return isOurs || !isMounted ? 'key' : 'unknown';
  };
}

function sendRefusal(response: Response, { status, code, message, headers }: Refusal): void {
  if (headers) response.set(headers);
  noteRefusal(response, code);
  sendError(response, status, code, message);
}
