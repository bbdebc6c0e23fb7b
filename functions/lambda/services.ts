import type { Route } from '../http/route.ts';
import { serve } from '../http/serve.ts';

/** The workers that extract data: the only group that may decrypt credentials. */
export const routes: Route[] = [];

export const handler = serve(routes);
