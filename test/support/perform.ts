import * as z from 'zod/mini';
import type { Context } from '../../domain/context.ts';
import type { Answer, Route } from '../../functions/http/route.ts';
import type { Asked } from './samples.ts';

/** Answers a request as the route's handler does, behind its schemas and before HTTP. */
export async function perform(ctx: Context, route: Route, asked: Asked): Promise<Answer> {
  const { params = {}, query = {}, body } = asked;
  return route.handle(ctx, {
    params: z.parse(route.params, params),
    query: z.parse(route.query, query),
    body: route.body ? z.parse(route.body, body) : undefined,
    expectedVersion: undefined,
  });
}
