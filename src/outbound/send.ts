import type { ClientRequest, RequestOptions } from 'node:http';

/** Sends a request, directly or through a proxy. */
export type Send = (url: URL, options: RequestOptions) => ClientRequest;
