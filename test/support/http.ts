import type { Request } from '@middy/core';
import type { Context as LambdaContext } from 'aws-lambda';
import * as z from 'zod/mini';
import type { HttpEvent, HttpResult, Step } from '../../functions/http/call.ts';
import { type Answer, type Method, type Route, route } from '../../functions/http/route.ts';
import { aContext, aWorld } from './context.ts';
import { alice, aMockTable } from './mockTable.ts';

export type TestRequest = Request<HttpEvent, Answer | HttpResult, Error, LambdaContext>;

type Asked = {
  method?: Method;
  path?: string;
  headers?: Record<string, string>;
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: string;
  isBase64Encoded?: boolean;
  route?: Route;
};

/** A route that answers 200 and takes what its schemas say. */
export function aRoute(own: Partial<Parameters<typeof route>[0]> = {}): Route {
  return route({
    operationId: 'test',
    method: 'POST',
    path: '/v1/things/{thingId}',
    summary: 'A route.',
    group: 'workspaces',
    access: 'member',
    answers: { 200: undefined },
    params: z.object({ thingId: z.string().check(z.regex(/^\w+$/)) }),
    handle: async () => ({ status: 200 }),
    ...own,
  });
}

/** A request as the steps of the chain see it, with its route found and its caller known. */
export function aRequestTo(asked: Asked = {}): TestRequest {
  const { method = 'POST', path = '/v1/things/t1', route: found = aRoute(), headers = {}, ...rest } = asked;
  const world = aWorld(aMockTable());
  const ctx = aContext(world, alice);
  const event = {
    routeKey: `${method} ${found.path}`,
    rawPath: path,
    headers,
    pathParameters: rest.params ?? { thingId: 't1' },
    queryStringParameters: rest.query,
    body: rest.body,
    isBase64Encoded: rest.isBase64Encoded ?? false,
    requestContext: { requestId: 'request-1', http: { method, path } },
    call: { environment: ctx, startedAt: ctx.now(), route: found, ctx },
  };
  // Only what the steps read; a Lambda event has more.
  return { event, context: {}, response: null, error: null, internal: {} } as unknown as TestRequest;
}

export async function runBefore(step: Step, request: TestRequest): Promise<TestRequest> {
  await step.before?.(request);
  return request;
}

export async function runAfter(step: Step, request: TestRequest, response: Answer): Promise<HttpResult> {
  request.response = response;
  await step.after?.(request);
  return request.response as HttpResult;
}

export async function runOnError(step: Step, request: TestRequest, error: Error): Promise<HttpResult> {
  request.error = error;
  await step.onError?.(request);
  return request.response as HttpResult;
}
