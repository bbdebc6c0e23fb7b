import type { problems } from '../../functions/http/problem.ts';
import type { Route } from '../../functions/http/route.ts';
import { codesOf } from '../../functions/public/document.ts';

const begin = '<!-- routes: made by `npm run docs` -->';
const end = '<!-- /routes -->';

/** `docs/errors.md`: every code with its status, title and the routes that answer it. */
export function errorsPage(table: typeof problems, routes: readonly Route[]): string {
  const rows = Object.entries(table)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} | ${answeredBy(code, routes)} |`,
    );
  return [
    '# Error codes',
    '',
    'Made by `npm run docs` from the one table in `functions/http/problem.ts`. Clients branch on `code`; `detail` is for people.',
    'Where a request has faults, `errors` lists the first 100 of them, long names cut, and `errorCount` says how many there are.',
    '',
    '| code | status | title | answered by |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function answeredBy(code: string, routes: readonly Route[]): string {
  const answering = routes.filter((route) => codesOf(route).some((answered) => answered === code));
  if (answering.length > routes.length / 2) return 'most routes';
  return answering.map(({ operationId }) => `\`${operationId}\``).join(' ') || 'what no route matches';
}

/** The README with its table of routes as they stand. */
export function readmeWithRoutes(readme: string, routes: readonly Route[]): string {
  const [before = '', rest = ''] = readme.split(begin);
  const [, after = ''] = rest.split(end);
  const rows = routes.map(
    ({ method, path, summary, access, group }) =>
      `| \`${method} ${path}\` | ${access} | ${group} | ${summary} |`,
  );
  const table = ['| route | who | function | |', '| --- | --- | --- | --- |', ...rows].join('\n');
  return `${before}${begin}\n${table}\n${end}${after}`;
}
