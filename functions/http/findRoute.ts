import { DomainError, notFound } from '../../domain/errors.ts';
import type { Step } from './call.ts';
import { type Route, routeKeyOf } from './route.ts';

/**
 * Finds the route by API Gateway's key. What no route matches comes in as `$default`: 405 where the path has other
 * methods, else 404.
 */
export function findRoute(served: readonly Route[], all: readonly Route[] = served): Step {
  const byKey = new Map(served.map((route) => [routeKeyOf(route), route]));
  return {
    before: ({ event }) => {
      const route = byKey.get(event.routeKey);
      if (!route) throw unmatched(all, event.rawPath);
      event.call.route = route;
    },
  };
}

function unmatched(routes: readonly Route[], path: string): DomainError {
  const methods = routes.filter((route) => matchesPath(route.path, path)).map(({ method }) => method);
  if (methods.length === 0) return notFound();
  return new DomainError('method_not_allowed', 'This path has no such method.', {
    extra: { allow: [...new Set(methods)].join(', ') },
  });
}

function matchesPath(template: string, path: string): boolean {
  const wanted = template.split('/');
  const parts = path.split('/');
  return (
    wanted.length === parts.length &&
    wanted.every((part, n) => (part.startsWith('{') ? parts[n] !== '' : part === parts[n]))
  );
}
