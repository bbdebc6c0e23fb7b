import { describe, expect, test } from 'vitest';
import { routeKeyOf } from '../../functions/http/route.ts';
import { routes } from '../../functions/routes.ts';
import { environments } from '../../infra/settings.ts';
import { onlyOne, type Properties, propertiesOf, resourcesOf, synthesized } from './synthesized.ts';

const prod = synthesized(environments.prod);
const deployed = new Map(
  propertiesOf(prod, 'AWS::ApiGatewayV2::Route').map((route) => [route.RouteKey as string, route]),
);

describe.each(routes.map((route) => ({ key: routeKeyOf(route), route })))('$key', ({ key, route }) => {
  const found = deployed.get(key);

  test('is a route of the API', () => {
    expect(found).toBeDefined();
  });

  test(route.access === 'anyone' ? 'needs no token' : 'needs a token that the authorizer has checked', () => {
    if (route.access === 'anyone') expect(found).toEqual({ ...common(found), AuthorizationType: 'NONE' });
    else
      expect(found).toEqual({
        ...common(found),
        AuthorizationType: 'JWT',
        AuthorizerId: { Ref: authorizerId() },
        ...(route.scope && { AuthorizationScopes: [route.scope] }),
      });
  });

  test('goes to the live version of the function of its group', () => {
    expect(functionBehind(found)).toMatch(new RegExp(`^${route.group}Live`));
  });
});

test('every route but those of the route table is the one for what no route matches', () => {
  const known = new Set(routes.map(routeKeyOf));

  const others = [...deployed.keys()].filter((key) => !known.has(key));

  expect(others).toEqual(['$default']);
  expect(deployed.get('$default')?.AuthorizationType).toBe('NONE');
  expect(functionBehind(deployed.get('$default'))).toMatch(/^publicLive/);
});

test('what no route matches reaches its function, by a permission in the form that API Gateway asks with', () => {
  const arns = propertiesOf(prod, 'AWS::Lambda::Permission')
    .filter(({ FunctionName }) => JSON.stringify(FunctionName).includes('publicLive'))
    .map(({ SourceArn }) => JSON.stringify(SourceArn));

  expect(arns.filter((arn) => arn.includes('/*/*/*"'))).toHaveLength(1);
  expect(arns.filter((arn) => arn.includes('/*/$default"'))).toHaveLength(1);
});

test('support and service routes ask for a scope, so that a person has no way in', () => {
  const open = routes.filter(({ access, scope }) => ['support', 'service'].includes(access) && !scope);

  expect(open).toEqual([]);
});

test('tokens are those of the user pool, for one of its three clients', () => {
  const { JwtConfiguration, IdentitySource } = onlyOne(prod, 'AWS::ApiGatewayV2::Authorizer');

  const { Audience, Issuer } = JwtConfiguration as { Audience: unknown[]; Issuer: unknown };
  expect(JSON.stringify(Issuer)).toMatch(
    /"https:\/\/cognito-idp\.eu-central-1\.amazonaws\.com\/",\{"Fn::ImportValue":"[^"]*UsersPool\w+"\}/,
  );
  expect(
    Audience.map((client) => /UsersPool(People|Support|Services)/.exec(JSON.stringify(client))?.[1]),
  ).toEqual(['People', 'Support', 'Services']);
  expect(IdentitySource).toEqual(['$request.header.Authorization']);
});

test('the stage is throttled, open to the origins of the settings, and logs no header, body, path or address', () => {
  const stage = onlyOne(prod, 'AWS::ApiGatewayV2::Stage');

  expect(stage.DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 4_000, ThrottlingRateLimit: 2_000 });
  expect(onlyOne(prod, 'AWS::ApiGatewayV2::Api').CorsConfiguration).toMatchObject({
    AllowOrigins: ['https://app.workspaces.example'],
    AllowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  });
  const { Format } = stage.AccessLogSettings as { Format: string };
  expect(Object.values(JSON.parse(Format))).toEqual([
    '$context.requestId',
    '$context.routeKey',
    '$context.status',
    '$context.responseLatency',
    '$context.authorizer.error',
    '$context.error.message',
    '$context.integrationErrorMessage',
  ]);
});

test('the API has the name of the settings alone, if they have one', () => {
  const named = synthesized({
    ...environments.prod,
    domain: {
      name: 'api.workspaces.example',
      certificateArn: 'arn:aws:acm:eu-central-1:000000000000:certificate/x',
    },
  });

  expect(propertiesOf(prod, 'AWS::ApiGatewayV2::DomainName')).toEqual([]);
  expect(onlyOne(named, 'AWS::ApiGatewayV2::DomainName').DomainName).toBe('api.workspaces.example');
  expect(onlyOne(named, 'AWS::ApiGatewayV2::ApiMapping')).toBeDefined();
  expect(onlyOne(named, 'AWS::ApiGatewayV2::Api').DisableExecuteApiEndpoint).toBe(true);
  named.stateless.hasOutput('ApiUrl', { Value: 'https://api.workspaces.example' });
  // For the DNS record.
  named.stateless.hasOutput('DomainTarget', {});
  named.stateless.hasOutput('DomainTargetHostedZoneId', {});
});

function common(route: Properties | undefined) {
  return { ApiId: route?.ApiId, RouteKey: route?.RouteKey, Target: route?.Target };
}

function authorizerId(): string {
  return idsOf('AWS::ApiGatewayV2::Authorizer')[0] ?? '';
}

function idsOf(type: string): string[] {
  return resourcesOf(prod).flatMap(([id, { Type }]) => (Type === type ? [id.split('/')[1] ?? ''] : []));
}

/** The logical id of the alias that a route's integration calls. */
function functionBehind(route: Properties | undefined): string {
  const target = /integrations\/",\{"Ref":"(\w+)"/.exec(JSON.stringify(route?.Target))?.[1];
  const integration = prod.stateless.toJSON().Resources[target ?? ''];
  expect(integration?.Properties).toMatchObject({
    IntegrationType: 'AWS_PROXY',
    PayloadFormatVersion: '2.0',
  });
  return integration?.Properties.IntegrationUri.Ref;
}
