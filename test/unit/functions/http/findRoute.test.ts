import { describe, expect, test } from 'vitest';
import { findRoute } from '../../../../functions/http/findRoute.ts';
import { aRequestTo, aRoute, runBefore } from '../../../support/http.ts';

const list = aRoute({ operationId: 'list', method: 'GET', path: '/v1/things' });
const get = aRoute({ operationId: 'get', method: 'GET', path: '/v1/things/{thingId}' });
const remove = aRoute({ operationId: 'remove', method: 'DELETE', path: '/v1/things/{thingId}' });
const draft = aRoute({ operationId: 'draft', method: 'GET', path: '/v1/things/draft' });
const elsewhere = aRoute({ operationId: 'elsewhere', method: 'POST', path: '/v1/others' });
const partsOfAny = aRoute({ operationId: 'partsOfAny', method: 'POST', path: '/v1/{kind}/parts' });
const partsOfDraft = aRoute({ operationId: 'partsOfDraft', method: 'PUT', path: '/v1/draft/{part}' });
const served = [list, get, remove, draft, partsOfAny, partsOfDraft];

async function found(routeKey: string, rawPath: string) {
  const request = aRequestTo();
  Object.assign(request.event, { routeKey, rawPath });
  await runBefore(findRoute(served, [...served, elsewhere]), request);
  return request.event.call.route?.operationId;
}

describe('a request that API Gateway matched', () => {
  test.each([
    ['GET /v1/things', '/v1/things', 'list'],
    ['GET /v1/things/{thingId}', '/v1/things/t1', 'get'],
    ['DELETE /v1/things/{thingId}', '/v1/things/t1', 'remove'],
    ['GET /v1/things/draft', '/v1/things/draft', 'draft'],
  ])('as %s goes to its route', async (routeKey, path, operationId) => {
    expect(await found(routeKey, path)).toBe(operationId);
  });
});

describe('a request that no route matches', () => {
  test.each([
    ['/v2/things'],
    ['/v1'],
    ['/'],
    ['/v1/things/t1/parts'],
    ['/v1/thing'],
    ['/V1/things'],
    ['/v1/things/'],
    ['//v1/things'],
  ])('is not found at %s', async (path) => {
    await expect(found('$default', path)).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    ['/v1/things', 'GET'],
    ['/v1/things/t1', 'GET, DELETE'],
    ['/v1/others', 'POST'],
  ])('has no such method at %s, where %s is allowed', async (path, allow) => {
    await expect(found('$default', path)).rejects.toMatchObject({
      code: 'method_not_allowed',
      extra: { allow },
    });
  });

  test('is told the methods of the very path, not of the parameter that could stand in its place', async () => {
    await expect(found('$default', '/v1/things/draft')).rejects.toMatchObject({ extra: { allow: 'GET' } });
    await expect(found('$default', '/v1/draft/parts')).rejects.toMatchObject({ extra: { allow: 'PUT' } });
  });

  test('is not found when another function serves its key', async () => {
    await expect(found('POST /v1/others', '/v1/nowhere')).rejects.toMatchObject({ code: 'not_found' });
  });
});
