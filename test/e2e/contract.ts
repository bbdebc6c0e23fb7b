import * as z from 'zod/mini';
import { routes } from '../../functions/routes.ts';

type Route = (typeof routes)[number];

/** One request and its answer, as they went over the wire. */
export type Exchange = { method: string; path: string; status: number; headers: Headers; text: string };

/** The part of an OpenAPI document that tells which errors a route answers. */
export type Document = {
  paths: Record<string, Record<string, { responses: Record<string, { description: string }> }>>;
};

/** What is wrong with an answer by the route table and the API description; nothing, if all is well. */
export function faultsOf(exchange: Exchange, document: Document, canary: string): string[] {
  const { method, path, status, headers, text } = exchange;
  const route = routeAt(method, path);
  const faults = [
    ...(headers.get('x-request-id') ? [] : ['has no x-request-id']),
    ...(text.includes(canary) && route?.operationId !== 'getCredentials' ? ['shows credentials'] : []),
    ...(status >= 400 ? problemFaults(exchange, route, document) : successFaults(exchange, route)),
  ];
  return faults.map((fault) => `${method} ${route?.path ?? path} → ${status} ${fault}`);
}

/** The route of a request, exact segments before parameters. */
export function routeAt(method: string, path: string): Route | undefined {
  const [pathname = ''] = path.split('?');
  const parts = pathname.split('/');
  return routes
    .filter((route) => route.method === method && matches(route.path.split('/'), parts))
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

function matches(template: string[], parts: string[]): boolean {
  return (
    template.length === parts.length &&
    template.every((t, n) => (t.startsWith('{') ? parts[n] !== '' : t === parts[n]))
  );
}

function successFaults({ status, headers, text }: Exchange, route: Route | undefined): string[] {
  if (!route || status === 304) return text === '' ? [] : ['has a body'];
  if (!(status in route.answers)) return ['is not declared'];
  const schema = route.answers[status];
  const isJson = headers.get('content-type')?.startsWith('application/json');
  if (!schema) return text === '' || !isJson ? [] : ['has a body that is not declared'];
  const body: unknown = JSON.parse(text);
  return [
    ...(headers.get('content-type') === 'application/json' ? [] : [`is ${headers.get('content-type')}`]),
    ...etagFaults(body, headers),
    ...bodyFaults(schema, body),
  ];
}

function etagFaults(body: unknown, headers: Headers): string[] {
  if (typeof body !== 'object' || body === null || !('version' in body)) return [];
  return headers.get('etag') === `"${body.version}"` ? [] : ['has not its version as ETag'];
}

/** Strictly: parsing drops what the schema does not name, so a difference is a member that nobody declared. */
function bodyFaults(schema: z.core.$ZodType, body: unknown): string[] {
  const parsed = z.safeParse(schema, body);
  if (!parsed.success) return [`is not as declared: ${z.prettifyError(parsed.error)}`];
  const undeclared = extraMembers(body, parsed.data, '');
  return undeclared.length === 0 ? [] : [`has undeclared members ${undeclared.join(', ')}`];
}

function extraMembers(sent: unknown, declared: unknown, at: string): string[] {
  if (typeof sent !== 'object' || sent === null) return [];
  const known = (typeof declared === 'object' && declared !== null ? declared : {}) as Record<
    string,
    unknown
  >;
  return Object.entries(sent).flatMap(([name, value]) =>
    name in known ? extraMembers(value, known[name], `${at}/${name}`) : [`${at}/${name}`],
  );
}

function problemFaults(exchange: Exchange, route: Route | undefined, document: Document): string[] {
  const { method, status, headers, text } = exchange;
  const problem = z.safeParse(Problem, JSON.parse(text));
  if (!problem.success) return [`is no problem: ${z.prettifyError(problem.error)}`];
  const { code, requestId, status: told } = problem.data;
  const described =
    route && document.paths[route.path]?.[method.toLowerCase()]?.responses[status]?.description;
  return [
    ...(headers.get('content-type') === 'application/problem+json'
      ? []
      : [`is ${headers.get('content-type')}`]),
    ...(told === status ? [] : [`says ${told}`]),
    ...(requestId === headers.get('x-request-id') ? [] : ['has two request ids']),
    ...(!route || described?.split(', ').includes(code) ? [] : [`${code} is not in the API description`]),
  ];
}

const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
  errors: z.optional(z.array(z.strictObject({ pointer: z.string(), detail: z.string() }))),
});
