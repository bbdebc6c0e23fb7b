import * as z from 'zod/mini';
import type { Anyone, Context, Person, ServiceActor, SupportActor, UserActor } from '../../domain/context.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { ExpectedVersion } from '../../domain/version.ts';

/** The Lambda function that serves a route. Groups follow privilege: each function has exactly the rights of its group. */
export type Group = 'public' | 'preview' | 'workspaces' | 'connections' | 'support' | 'services';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call a route; the table under "Roles" in the contract, as data.
 * `anyone`: no token. `person`: a token, with or without an organization. `member`: anybody of an organization.
 * `viewer`, `editor`, `admin`: that role or more in the workspace that is addressed. `anyAdmin`: admin of at least one
 * workspace. `owner`: of the organization. `support`, `service`: client-credentials tokens with the route's scope.
 */
export type Access =
  | 'anyone'
  | 'person'
  | 'member'
  | 'viewer'
  | 'editor'
  | 'admin'
  | 'anyAdmin'
  | 'owner'
  | 'support'
  | 'service';

export type Scope = 'workspaces/support' | 'workspaces/credentials.read' | 'workspaces/authorization.write';

type ActorOf<A extends Access> = A extends 'anyone'
  ? Anyone
  : A extends 'person'
    ? Person
    : A extends 'support'
      ? SupportActor
      : A extends 'service'
        ? ServiceActor
        : UserActor;

/** What a handler answers; a `version` in the body becomes the ETag. */
export type Answer = {
  status: 200 | 201 | 202 | 204;
  body?: unknown;
  headers?: Record<string, string>;
  /** Body that is not JSON: sent as it is, with the content type in `headers`. */
  raw?: { body: string; isBase64Encoded: boolean };
};

type Schema = z.ZodMiniType;

type Input<P extends Schema, Q extends Schema, B extends Schema> = {
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
  /** From If-Match: the versions that the caller means. */
  expectedVersion: ExpectedVersion | undefined;
};

type Described = {
  operationId: string;
  method: Method;
  /** API Gateway's form: `/v1/workspaces/{workspaceId}`. */
  path: string;
  /** One sentence for the API reference. */
  summary: string;
  group: Group;
  scope?: Scope;
  /** Success answers by status; `undefined` has no body. */
  answers: { [status: number]: Schema | undefined };
  /** Codes beyond those that every route of this access can answer. */
  errors?: readonly ErrorCode[];
  /** Whether If-Match is honoured. */
  versioned?: boolean;
};

/** One route, declared once: API Gateway, the local front, OpenAPI, the tests and the README read this. */
export type Route = Described & {
  access: Access;
  errors: readonly ErrorCode[];
  params: Schema;
  query: Schema;
  body: Schema | undefined;
  handle(ctx: Context, input: Input<Schema, Schema, Schema>): Promise<Answer>;
};

const nothing = z.strictObject({});
type Nothing = typeof nothing;

/** Declares a route; its handler sees the actor that `access` asks for and what the schemas parsed. */
export function route<
  A extends Access,
  P extends Schema = Nothing,
  Q extends Schema = Nothing,
  B extends Schema = Nothing,
>(
  declared: Described & {
    access: A;
    params?: P;
    query?: Q;
    body?: B;
    handle(ctx: Context<ActorOf<A>>, input: Input<P, Q, B>): Promise<Answer>;
  },
): Route {
  const { params = nothing, query = nothing, body, errors = [], ...rest } = declared;
  // The chain calls a handler only with the actor of its access and the output of these very schemas.
  const handle = declared.handle as unknown as Route['handle'];
  return { ...rest, params, query, body, errors, handle };
}

/** API Gateway's name of a route, and the key under which its function finds it. */
export function routeKeyOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path}`;
}
