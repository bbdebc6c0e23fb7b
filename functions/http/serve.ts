import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context as LambdaContext } from 'aws-lambda';
import { accessLog } from './accessLog.ts';
import { contextOf, type HttpEvent, type HttpResult, routeOf } from './call.ts';
import { type Environment, environmentFrom } from './environment.ts';
import { findActor } from './findActor.ts';
import { findRoute } from './findRoute.ts';
import { idempotencyKey } from './idempotencyKey.ts';
import { readRequest } from './readRequest.ts';
import { requestMetrics } from './requestMetrics.ts';
import type { Answer, Route } from './route.ts';
import { sendAnswer } from './sendAnswer.ts';

/**
 * The Lambda handler of a group of routes: the one chain that every request takes, outermost first. The environment is
 * read at the first request, so that a module can be loaded (by the CDK code, by tests) without one.
 */
export function serve(served: readonly Route[], all: readonly Route[] = served) {
  const chain = middy<HttpEvent, Answer | HttpResult, Error, LambdaContext>()
    .use(accessLog())
    .use(requestMetrics())
    .use(sendAnswer())
    .use(findRoute(served, all))
    .use(findActor())
    .use(readRequest())
    .use(idempotencyKey())
    .handler(async (event) => routeOf(event).handle(contextOf(event), inputOf(event)));
  let environment: Environment | undefined;
  return async (event: APIGatewayProxyEventV2, context: LambdaContext): Promise<HttpResult> => {
    environment ??= environmentFrom(process.env);
    const call = { environment, startedAt: environment.now() };
    // After sendAnswer every answer is a result.
    return chain({ ...event, call }, context) as Promise<HttpResult>;
  };
}

function inputOf({ call }: HttpEvent): NonNullable<HttpEvent['call']['input']> {
  if (!call.input) throw new Error('The request was not read yet.');
  return call.input;
}
