import * as z from 'zod/mini';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import type { ErrorCode } from '../../domain/errors.ts';
import { idempotencyKeyForm } from '../http/idempotencyKey.ts';
import { mostFaults, problems } from '../http/problem.ts';
import type { Access, Route } from '../http/route.ts';

/** OpenAPI 3.1 of a route table, from the schemas that validate: every route, every success, every error. */
export function documentOf(routes: readonly Route[]) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes.filter(({ path }) => path.startsWith('/v1/'))) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  const description: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: {
      title: 'Workspaces',
      version: '1.0.0',
      description: 'Workspaces, people and account connections for marketing-data teams.',
    },
    paths,
    components: {
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' },
      },
    },
    security: [{ accessToken: [] }],
  };
  // The format says it; the expression for it looks around, which other languages' tools don't take.
  return createDocument(description, {
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
}

const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(problems) as [ErrorCode, ...ErrorCode[]]),
    requestId: z.string(),
    errors: z.optional(
      z
        .array(z.object({ pointer: z.string(), detail: z.string() }))
        .check(z.maxLength(mostFaults))
        .register(z.globalRegistry, {
          description: `The first ${mostFaults} faults of the request; long names in them are cut.`,
        }),
    ),
    errorCount: z.optional(
      z.int().register(z.globalRegistry, { description: 'How many faults the request has.' }),
    ),
  })
  .register(z.globalRegistry, { id: 'Problem', description: 'RFC 9457 problem details.' });

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { operationId, summary, access, scope, body, query, params } = route;
  const headers = z.object(requestHeaders(route));
  return {
    operationId,
    summary,
    description: describedAccess[access] + (scope ? ` Scope: \`${scope}\`.` : ''),
    tags: [route.group],
    ...(access === 'anyone' && { security: [] }),
    requestParams: {
      // Params and queries are objects by construction; the table types them only as schemas.
      path: params as z.ZodMiniObject,
      query: query as z.ZodMiniObject,
      header: headers,
    },
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: { ...successes(route), ...failures(route) },
  };
}

const describedAccess: Record<Access, string> = {
  anyone: 'Needs no token.',
  person: 'Any signed-in person, also without an organization.',
  member: 'Everybody in the organization.',
  viewer: 'Viewers, editors and admins of the workspace; owners.',
  editor: 'Editors and admins of the workspace; owners.',
  admin: 'Admins of the workspace; owners.',
  anyAdmin: 'Admins of at least one workspace; owners.',
  owner: 'Owners of the organization.',
  support: 'Support.',
  service: 'Services.',
};

function requestHeaders({ method, versioned }: Route): Record<string, z.ZodMiniType> {
  return {
    ...(method !== 'GET' && {
      'Idempotency-Key': z.optional(z.string().check(z.regex(idempotencyKeyForm))),
    }),
    ...(versioned && { 'If-Match': z.optional(z.string()) }),
  };
}

function successes({ answers }: Route): ZodOpenApiOperationObject['responses'] {
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => [
      status,
      { description: 'Done.', ...(schema && { content: { 'application/json': { schema } } }) },
    ]),
  ) as ZodOpenApiOperationObject['responses'];
}

/** Every error code that the route can answer, by status. */
function failures(route: Route): ZodOpenApiOperationObject['responses'] {
  const byStatus = Map.groupBy(codesOf(route), (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      { description: codes.join(', '), content: { 'application/problem+json': { schema: Problem } } },
    ]),
  ) as ZodOpenApiOperationObject['responses'];
}

/** What a route can answer: its own codes, and those that come with its access, method and body. */
export function codesOf({ access, method, body, versioned, errors }: Route): ErrorCode[] {
  const isOfOrganization = !['anyone', 'person', 'support', 'service'].includes(access);
  const isFree = ['anyone', 'person', 'member'].includes(access);
  return [
    ...new Set<ErrorCode>([
      ...errors,
      'validation_failed',
      ...(body ? (['malformed_json', 'unsupported_media_type', 'payload_too_large'] as const) : []),
      ...(access === 'anyone' ? [] : (['unauthorized'] as const)),
      ...(isOfOrganization ? (['no_organization'] as const) : []),
      ...(isFree ? [] : (['forbidden'] as const)),
      ...(method === 'GET' ? [] : (['idempotency_key_reused'] as const)),
      ...(versioned ? (['version_mismatch'] as const) : []),
      'throttled',
      'try_again',
      'internal_error',
    ]),
  ];
}
