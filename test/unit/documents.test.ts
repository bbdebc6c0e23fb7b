import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { problems } from '../../functions/http/problem.ts';
import { routes } from '../../functions/routes.ts';
import { costsPage, mix } from '../../infra/docs/costs.ts';
import { errorsPage, readmeWithRoutes } from '../../infra/docs/pages.ts';

describe('the documents that are made from the code', () => {
  it('has every error code, with its status and routes, in docs/errors.md', () => {
    expect(readFileSync('docs/errors.md', 'utf8')).toBe(errorsPage(problems, routes));
  });

  it('has costs from the capacity that was measured in docs/costs.md', () => {
    const capacity = readFileSync('docs/capacity.md', 'utf8');

    expect(readFileSync('docs/costs.md', 'utf8')).toBe(costsPage(capacity));
    expect(Object.values(mix).reduce((sum, percent) => sum + percent)).toBe(100);
  });

  it('has every route in the table of the README', () => {
    const readme = readFileSync('README.md', 'utf8');

    expect(readmeWithRoutes(readme, routes)).toBe(readme);
    for (const { method, path } of routes) expect(readme).toContain(`\`${method} ${path}\``);
  });
});
