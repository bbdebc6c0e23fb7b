import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Group, routeKeyOf } from '../../functions/http/route.ts';
import { routes } from '../../functions/routes.ts';
import type { Settings } from '../settings.ts';
import { acknowledge } from './acknowledge.ts';
import type { Users } from './users.ts';

type ApiProps = { settings: Settings; users: Users; handlers: Readonly<Record<Group, IFunction>> };

/** The HTTP API: one route for each entry of the route table, tokens checked before any function runs. */
export class Api extends Construct {
  readonly api: HttpApi;
  readonly url: string;
  /** What the DNS name of the settings has to point to. */
  readonly domainTarget?: { name: string; hostedZoneId: string };

  constructor(scope: Construct, id: string, { settings, users, handlers }: ApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: `workspaces-${settings.name}`,
      createDefaultStage: false,
      disableExecuteApiEndpoint: settings.domain !== undefined,
      corsPreflight: {
        allowOrigins: [...settings.corsOrigins],
        allowMethods: [
          CorsHttpMethod.GET,
          CorsHttpMethod.POST,
          CorsHttpMethod.PUT,
          CorsHttpMethod.PATCH,
          CorsHttpMethod.DELETE,
        ],
        allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match'],
        exposeHeaders: ['etag', 'location', 'retry-after', 'x-request-id', 'idempotency-replayed'],
        maxAge: Duration.minutes(10),
      },
    });
    this.addRoutes(users, handlers);
    const stage = this.addStage(settings);
    if (settings.domain) {
      const { regionalDomainName, regionalHostedZoneId } = this.addDomain(settings.domain, stage);
      this.domainTarget = { name: regionalDomainName, hostedZoneId: regionalHostedZoneId };
    }
    // Without a slash at the end, as paths begin with one.
    this.url = settings.domain ? `https://${settings.domain.name}` : this.api.apiEndpoint;
  }

  private addRoutes(users: Users, handlers: ApiProps['handlers']): void {
    const anyone = new HttpNoneAuthorizer();
    const token = new HttpJwtAuthorizer('Token', users.issuer, {
      jwtAudience: Object.values(users.clients).map((client) => client.userPoolClientId),
    });
    const integrationOf = integrations(handlers);
    for (const route of routes) {
      const { method, path, group, access, scope } = route;
      // Its key is its id: API Gateway has a key once, and makes a replacement before it takes the old one away.
      const added = new HttpRoute(this, routeKeyOf(route), {
        httpApi: this.api,
        routeKey: HttpRouteKey.with(path, HttpMethod[method]),
        integration: integrationOf(group),
        authorizer: access === 'anyone' ? anyone : token,
        ...(scope && { authorizationScopes: [scope] }),
      });
      if (access === 'anyone') acknowledge(added, { APIG4: 'The contract has this route without a token.' });
    }
    const unmatched = new HttpRoute(this, 'Unmatched', {
      httpApi: this.api,
      routeKey: HttpRouteKey.DEFAULT,
      integration: integrationOf('public'),
      authorizer: anyone,
    });
    // API Gateway asks for this route in a form of its own, which the permission for all others does not match.
    handlers.public.addPermission('Unmatched', {
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: Stack.of(this).formatArn({
        service: 'execute-api',
        resource: this.api.apiId,
        resourceName: '*/$default',
      }),
    });
    acknowledge(unmatched, { APIG4: 'Answers 404 and 405 with problem details, and does nothing else.' });
  }

  private addStage(settings: Settings): HttpStage {
    const { ratePerSecond, burst } = settings.throttling;
    const logGroup = new LogGroup(this, 'AccessLog', {
      retention: settings.logRetention,
      removalPolicy: settings.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    return new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: ratePerSecond, burstLimit: burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(accessLogLine)),
      },
    });
  }

  private addDomain({ name, certificateArn }: NonNullable<Settings['domain']>, stage: HttpStage): DomainName {
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    const domainName = new DomainName(this, 'Domain', { domainName: name, certificate });
    new ApiMapping(this, 'Mapping', { api: this.api, domainName, stage });
    return domainName;
  }
}

/** What a function's own line cannot say, as it never ran: refused tokens, throttled requests, failed integrations. */
const accessLogLine = {
  requestId: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMilliseconds: '$context.responseLatency',
  refused: '$context.authorizer.error',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
};

/**
 * One integration for each function, with one permission for the whole API: a permission for each route would outgrow
 * the 20 KB that a function's policy may have.
 */
function integrations(handlers: ApiProps['handlers']): (group: Group) => HttpLambdaIntegration {
  const made = new Map<Group, HttpLambdaIntegration>();
  return (group) => {
    const known = made.get(group);
    if (known) return known;
    const integration = new HttpLambdaIntegration(group, handlers[group], { scopePermissionToRoute: false });
    made.set(group, integration);
    return integration;
  };
}
