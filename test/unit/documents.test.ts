import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { problems } from '../../functions/http/problem.ts';
import { routes } from '../../functions/routes.ts';
import { errorsPage, readmeWithRoutes } from '../../infra/docs/pages.ts';

describe('the documents that are made from the code', () => {
  it('has every error code, with its status and routes, in docs/errors.md', () => {
    expect(readFileSync('docs/errors.md', 'utf8')).toBe(errorsPage(problems, routes));
  });

  it('has every route in the table of the README', () => {
    const readme = readFileSync('README.md', 'utf8');

    expect(readmeWithRoutes(readme, routes)).toBe(readme);
    for (const { method, path } of routes) expect(readme).toContain(`\`${method} ${path}\``);
  });
});
