import type * as z from 'zod/mini';
import type { Fault } from '../../domain/errors.ts';

type Issue = z.core.$ZodIssue;

/** Every fault of a value, by JSON pointer under `root`. An unknown field is one fault each. */
export function faultsOf({ issues }: { issues: Issue[] }, root: string): Fault[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        pointer: pointer(root, [...issue.path, key]),
        detail: 'There is no such field.',
      }));
    return [{ pointer: pointer(root, issue.path), detail: issue.message }];
  });
}

/** RFC 6901, as a URI fragment for bodies (`#/members/0/role`), by name for query parameters (`?limit`). */
export function pointer(root: string, path: readonly PropertyKey[]): string {
  const parts = path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
  return parts.length === 0 ? root.replace(/\/$/, '') : `${root}${parts.join('/')}`;
}
