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
  const template = mostSpecific(routes.map((route) => route.path).filter((one) => matchesPath(one, path)));
  if (template === undefined) return notFound();
  const methods = routes.filter((route) => route.path === template).map(({ method }) => method);
  return new DomainError('method_not_allowed', 'This path has no such method.', {
    extra: { allow: methods.join(', ') },
  });
}

/** Fixed segments before parameters, from left to right, as API Gateway chooses: `draft` is no workspace's id. */
function mostSpecific(templates: readonly string[]): string | undefined {
  const form = (template: string) =>
    template
      .split('/')
      .map((segment) => (segment.startsWith('{') ? '1' : '0'))
      .join('');
  return templates.toSorted((a, b) => (form(a) < form(b) ? -1 : 1))[0];
}

function matchesPath(template: string, path: string): boolean {
  const wanted = template.split('/');
  const parts = path.split('/');
  return (
    wanted.length === parts.length &&
    wanted.every((part, n) => (part.startsWith('{') ? parts[n] !== '' : part === parts[n]))
  );
}
