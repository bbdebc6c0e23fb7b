import { readFileSync, writeFileSync } from 'node:fs';
import { problems } from '../../functions/http/problem.ts';
import { routes } from '../../functions/routes.ts';
import { costsPage } from './costs.ts';
import { errorsPage, readmeWithRoutes } from './pages.ts';

/** Writes what stands in the code into the documents that show it; a test holds that they agree. */
writeFileSync('docs/costs.md', costsPage(readFileSync('docs/capacity.md', 'utf8')));
writeFileSync('docs/errors.md', errorsPage(problems, routes));
writeFileSync('README.md', readmeWithRoutes(readFileSync('README.md', 'utf8'), routes));
