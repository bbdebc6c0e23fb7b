import { describe, expect, test } from 'vitest';
import { type GatewayRoute, routerOf } from '../../../infra/local/routing.ts';

function aRoute(key: string): GatewayRoute {
  const [method, path] = key.split(' ');
  // Titles below name the methods; a wrong one would show as an unmatched route.
  return {
    method: method as GatewayRoute['method'],
    path: path ?? '',
    group: 'workspaces',
    access: 'member',
  };
}

const find = routerOf(
  [
    'GET /v1/workspaces/{workspaceId}',
    'GET /v1/workspaces/draft',
    'DELETE /v1/invitations/{invitationId}',
    'POST /v1/invitations/accept',
    'GET /v1/workspaces/{workspaceId}/members/{userId}',
    'GET /v1/workspaces/{workspaceId}/members/all',
    'GET /docs/{file+}',
    'GET /docs/{page}',
  ].map(aRoute),
);

describe('routes are found as an HTTP API finds them', () => {
  test.each([
    ['an exact path before a parameter', 'GET', '/v1/workspaces/draft', 'GET /v1/workspaces/draft'],
    ['a parameter where nothing is exact', 'GET', '/v1/workspaces/wsp_1', 'GET /v1/workspaces/{workspaceId}'],
    [
      'an exact end after a parameter',
      'GET',
      '/v1/workspaces/w/members/all',
      'GET /v1/workspaces/{workspaceId}/members/all',
    ],
    [
      'the method before the path',
      'DELETE',
      '/v1/invitations/accept',
      'DELETE /v1/invitations/{invitationId}',
    ],
    ['a parameter before a greedy one', 'GET', '/docs/a', 'GET /docs/{page}'],
    ['a greedy parameter over several segments', 'GET', '/docs/a/b.js', 'GET /docs/{file+}'],
  ])('takes %s', (_, method, path, routeKey) => {
    const match = find(method, path);

    expect(match.routeKey).toBe(routeKey);
  });

  test.each([
    ['another method', 'PATCH', '/v1/workspaces/draft'],
    ['HEAD of a route with GET', 'HEAD', '/v1/workspaces/draft'],
    ['a slash at the end', 'GET', '/v1/workspaces/wsp_1/'],
    ['an empty parameter', 'GET', '/v1/workspaces//members/u'],
    ['a longer path', 'GET', '/v1/workspaces/w/x'],
    ['another case', 'GET', '/V1/workspaces/w'],
  ])('leaves %s to $default', (_, method, path) => {
    const match = find(method, path);

    expect(match).toEqual({ route: undefined, routeKey: '$default', pathParameters: {} });
  });

  test('decodes parameters, and leaves a malformed escape as it came', () => {
    expect(find('GET', '/v1/workspaces/a%20b%2Fc').pathParameters).toEqual({ workspaceId: 'a b/c' });
    expect(find('GET', '/v1/workspaces/%zz').pathParameters).toEqual({ workspaceId: '%zz' });
    expect(find('GET', '/docs/a/b%20c.js').pathParameters).toEqual({ file: 'a/b c.js' });
  });
});
