import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import * as z from 'zod/mini';
import { notFound } from '../../domain/errors.ts';
import { type Route, route } from '../http/route.ts';

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Workspaces API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<main id="reference"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`;
const start =
  "SwaggerUIBundle({ url: '/v1/openapi.json', dom_id: '#reference', deepLinking: true, tryItOutEnabled: true, persistAuthorization: false });\n";

/** Nothing is loaded from other hosts, and nothing is sent to them. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";

const contentTypes = new Map([
  ['start.js', 'text/javascript; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['swagger-ui.css', 'text/css; charset=utf-8'],
]);

export const getReference = route({
  operationId: 'getReference',
  method: 'GET',
  path: '/docs',
  summary: 'The API reference, as a page that can call the API.',
  group: 'public',
  access: 'anyone',
  answers: { 200: undefined },
  handle: async () => ({
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
    },
    raw: { body: page, isBase64Encoded: false },
  }),
});

/** The files of the page, from the directory of swagger-ui-dist; gzipped, as the larger one would not fit an answer. */
export function getReferenceFile(directory: () => string): Route {
  return route({
    operationId: 'getReferenceFile',
    method: 'GET',
    path: '/docs/{file}',
    summary: 'A script or style of the API reference.',
    group: 'public',
    access: 'anyone',
    params: z.object({ file: z.string() }),
    answers: { 200: undefined },
    errors: ['not_found'],
    handle: async (_ctx, { params: { file } }) => {
      const contentType = contentTypes.get(file);
      if (!contentType) throw notFound();
      const content = file === 'start.js' ? Buffer.from(start) : await readFile(join(directory(), file));
      return {
        status: 200,
        headers: {
          'content-type': contentType,
          'content-encoding': 'gzip',
          'cache-control': 'public, max-age=3600',
          'x-content-type-options': 'nosniff',
        },
        raw: { body: (await promisify(gzip)(content)).toString('base64'), isBase64Encoded: true },
      };
    },
  });
}
