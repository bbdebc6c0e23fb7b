import * as z from 'zod/mini';
import { route } from '../http/route.ts';

export const getHealth = route({
  operationId: 'getHealth',
  method: 'GET',
  path: '/v1/health',
  summary: 'Whether the API answers.',
  group: 'public',
  access: 'anyone',
  answers: { 200: z.object({ status: z.literal('ok') }) },
  handle: async () => ({ status: 200, body: { status: 'ok' } }),
});
