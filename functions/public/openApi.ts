import * as z from 'zod/mini';
import { once } from '../../domain/once.ts';
import { type Route, route } from '../http/route.ts';
import { documentOf } from './document.ts';

/** The description of all routes; made at the first request and kept. */
export function getOpenApi(routes: () => readonly Route[]): Route {
  const document = once(async () => documentOf(routes()));
  return route({
    operationId: 'getOpenApi',
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This description, OpenAPI 3.1.',
    group: 'public',
    access: 'anyone',
    answers: { 200: z.record(z.string(), z.unknown()) },
    handle: async () => ({ status: 200, body: await document() }),
  });
}
