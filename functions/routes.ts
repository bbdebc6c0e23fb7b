import type { Route } from './http/route.ts';
import { routes as connections } from './lambda/connections.ts';
import { routes as preview } from './lambda/preview.ts';
import { routes as publicRoutes } from './lambda/public.ts';
import { routes as services } from './lambda/services.ts';
import { routes as support } from './lambda/support.ts';
import { routes as workspaces } from './lambda/workspaces.ts';

/**
 * The route table: every route of the API, once. API Gateway, the local front, OpenAPI, the authorization matrix, the
 * common test suites and the README are made from it.
 */
export const routes: readonly Route[] = [
  ...publicRoutes,
  ...preview,
  ...workspaces,
  ...connections,
  ...support,
  ...services,
];
