import { required } from '../http/environment.ts';
import type { Route } from '../http/route.ts';
import { serve } from '../http/serve.ts';
import { getHealth } from '../public/health.ts';
import { getOpenApi } from '../public/openApi.ts';
import { getReference, getReferenceFile } from '../public/reference.ts';
import { routes as connections } from './connections.ts';
import { routes as preview } from './preview.ts';
import { routes as services } from './services.ts';
import { routes as support } from './support.ts';
import { routes as workspaces } from './workspaces.ts';

const others = [...preview, ...workspaces, ...connections, ...support, ...services];

/** What needs no token; it also answers what no route matches. */
export const routes: Route[] = [
  getHealth,
  getOpenApi(() => [...routes, ...others]),
  getReference,
  getReferenceFile(() => required(process.env, 'API_REFERENCE_DIR')),
];

export const handler = serve(routes, [...routes, ...others]);
