import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { faultsOf } from '../../functions/http/faults.ts';
import { type Answer, jsonAnswer, type Refusal, refusalAnswer } from './answer.ts';
import type { HttpRequest } from './event.ts';
import type { LocalEndpoint } from './front.ts';
import { discoveryDocument, type Issuer } from './issuer.ts';

z.config(en());

/** Which of their organizations a login acts in; the token trigger of the deployed user pool runs the same code. */
export type ResolveOrganization = (login: string, wanted: string | undefined) => Promise<string | undefined>;

/** What a machine's token holds; a person's token has none of these. */
const machineScope = /(^| )workspaces\//;

const body = z
  .strictObject({
    sub: z.string().check(z.regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters')),
    email: z.optional(z.email('must be an email address').check(z.maxLength(254))),
    name: z.optional(z.string().check(z.minLength(1), z.maxLength(256))),
    scope: z.optional(
      z.string().check(z.regex(/^[\x21-\x7e]+( [\x21-\x7e]+)*$/, 'must be scopes, parted by a space')),
    ),
    orgId: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
  })
  .check(
    z.refine(({ email, scope }) => email !== undefined || machineScope.test(String(scope)), {
      path: ['email'],
      error: 'is required, except with a scope of support or services',
      // Also beside other faults, so that one answer lists them all.
      when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value),
    }),
  );

/** The issuer over HTTP: its documents, and tokens for whoever asks, as there is nobody to sign in to. */
export function issuerEndpoints(issuer: Issuer, resolveOrganization: ResolveOrganization): LocalEndpoint[] {
  const document = (path: string, value: unknown): LocalEndpoint => ({
    method: 'GET',
    path,
    answer: async (_, requestId) => jsonAnswer(value, requestId),
  });
  return [
    document('/.well-known/openid-configuration', discoveryDocument(issuer)),
    document('/.well-known/jwks.json', issuer.jwks),
    {
      method: 'POST',
      path: '/local/token',
      answer: (request, requestId) => issueToken(request, requestId, issuer, resolveOrganization),
    },
  ];
}

async function issueToken(
  request: HttpRequest,
  requestId: string,
  issuer: Issuer,
  resolveOrganization: ResolveOrganization,
): Promise<Answer> {
  const refuse = (refusal: Refusal) => refusalAnswer(refusal, requestId);
  if (!/^application\/json\b/i.test(request.headers['content-type']?.[0] ?? '')) {
    return refuse({ code: 'unsupported_media_type', detail: 'The body must be application/json.' });
  }
  const json = parsedJson(request.body.toString());
  if (json === undefined) return refuse({ code: 'malformed_json', detail: 'The body is not JSON.' });
  const parsed = body.safeParse(json.value);
  if (!parsed.success) {
    const errors = faultsOf(parsed.error, '#/');
    return refuse({ code: 'validation_failed', detail: 'The request has faults; see errors.', errors });
  }
  const { orgId, scope = 'openid', ...person } = parsed.data;
  const organization = machineScope.test(scope) ? undefined : await resolveOrganization(person.sub, orgId);
  return jsonAnswer(await issuer.sign({ ...person, scope, org_id: organization }), requestId);
}

function parsedJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
