import type { Route } from '../../functions/http/route.ts';

/** What the front needs of a route. */
export type GatewayRoute = Pick<Route, 'method' | 'path' | 'group' | 'access' | 'scope'>;

export type Match = {
  /** `undefined`: the `$default` route. */
  route: GatewayRoute | undefined;
  /** `GET /v1/workspaces/{workspaceId}`, or `$default`. */
  routeKey: string;
  pathParameters: Record<string, string>;
};

export type Router = (method: string, rawPath: string) => Match;

type Candidate = { route: GatewayRoute; segments: readonly string[] };

/**
 * Finds routes as an HTTP API does: the method counts first, then the most specific path, and what nothing matches
 * goes to `$default`. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function routerOf(routes: readonly GatewayRoute[]): Router {
  const candidates = routes
    .map((route) => ({ route, segments: route.path.split('/') }))
    .sort((a, b) => bySpecificity(a.segments, b.segments));

  return (method, rawPath) => {
    const path = rawPath.split('/');
    const found = candidates.find(
      ({ route, segments }) => route.method === method && matches(segments, path),
    );
    return found ? matched(found, path) : { route: undefined, routeKey: '$default', pathParameters: {} };
  };
}

const isParameter = (segment: string) => segment.startsWith('{');
const isGreedy = (segment: string) => segment.endsWith('+}');

/** An exact segment before `{parameter}` before `{proxy+}`, from left to right. */
function bySpecificity(a: readonly string[], b: readonly string[]): number {
  const differing = a.findIndex((segment, n) => rank(segment) !== rank(b[n]));
  return differing < 0 ? 0 : rank(a[differing]) - rank(b[differing]);
}

function rank(segment: string | undefined): number {
  if (segment === undefined || !isParameter(segment)) return 0;
  return isGreedy(segment) ? 2 : 1;
}

function matches(segments: readonly string[], path: readonly string[]): boolean {
  const greedy = isGreedy(segments.at(-1) ?? '');
  if (greedy ? path.length < segments.length : path.length !== segments.length) return false;
  return segments.every((segment, n) => (isParameter(segment) ? path[n] !== '' : segment === path[n]));
}

function matched({ route, segments }: Candidate, path: readonly string[]): Match {
  const pathParameters = Object.fromEntries(
    segments.flatMap((segment, n) => {
      if (!isParameter(segment)) return [];
      const value = isGreedy(segment) ? path.slice(n).join('/') : (path[n] ?? '');
      return [[segment.replace(/^\{|\+?\}$/g, ''), decoded(value)]];
    }),
  );
  return { route, routeKey: `${route.method} ${route.path}`, pathParameters };
}

/** A malformed escape stays as it came: the function finds no such id. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
