import type { MiddlewareObj } from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context as LambdaContext,
} from 'aws-lambda';
import type { Context } from '../../domain/context.ts';
import type { ExpectedVersion } from '../../domain/version.ts';
import type { Environment } from './environment.ts';
import type { Answer, Route } from './route.ts';

/** What the middlewares learn about one request, each its part, in the order of the chain. */
export type Call = {
  environment: Environment;
  startedAt: Date;
  route?: Route;
  ctx?: Context;
  input?: { params: unknown; query: unknown; body: unknown; expectedVersion: ExpectedVersion | undefined };
};

/** The authorizer's claims stand where API Gateway puts those of a JWT. */
export type HttpEvent = Omit<APIGatewayProxyEventV2, 'body'> & {
  requestContext: { authorizer?: { jwt?: { claims?: Record<string, string | undefined> } } };
  body?: unknown;
  call: Call;
};

export type HttpResult = APIGatewayProxyStructuredResultV2;
export type Step = MiddlewareObj<HttpEvent, Answer | HttpResult, Error, LambdaContext>;

/** The route of a call, once `findRoute` has passed. */
export function routeOf({ call }: HttpEvent): Route {
  if (!call.route) throw new Error('No route was found yet.');
  return call.route;
}

export function contextOf({ call }: HttpEvent): Context {
  if (!call.ctx) throw new Error('No actor was found yet.');
  return call.ctx;
}
