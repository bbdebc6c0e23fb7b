import { isUtf8 } from 'node:buffer';
import type {
  APIGatewayEventRequestContextJWTAuthorizer,
  APIGatewayEventRequestContextV2,
  APIGatewayProxyEventV2WithRequestContext,
} from 'aws-lambda';
import type { Match } from './routing.ts';

/** An HTTP request as it arrived, header names in lower case, nothing decoded. */
export type HttpRequest = {
  method: string;
  /** Path and query, untouched. */
  target: string;
  /** `HTTP/1.1` */
  protocol: string;
  headers: Readonly<Record<string, readonly string[] | undefined>>;
  body: Buffer;
  sourceIp: string;
};

export type GatewayEvent = APIGatewayProxyEventV2WithRequestContext<
  APIGatewayEventRequestContextV2 & { authorizer?: APIGatewayEventRequestContextJWTAuthorizer }
>;

export type EventFacts = {
  requestId: string;
  at: Date;
  /** What the JWT authorizer found; absent on open routes. */
  jwt?: APIGatewayEventRequestContextJWTAuthorizer['jwt'] | undefined;
};

/**
 * The payload that an HTTP API gives to a function, format 2.0:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toEvent(request: HttpRequest, match: Match, facts: EventFacts): GatewayEvent {
  const { rawPath, rawQueryString } = splitTarget(request.target);
  const { cookie, ...headers } = request.headers;
  const cookies = (cookie ?? []).flatMap((line) => line.split(/;\s*/)).filter((one) => one !== '');
  const query = queryOf(rawQueryString);
  const host = request.headers.host?.[0] ?? 'localhost';
  return {
    version: '2.0',
    routeKey: match.routeKey,
    rawPath,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers: joined(headers),
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      ...(facts.jwt && {
        // The types ask for principalId and integrationLatency, which format 2.0 does not send.
        authorizer: { jwt: facts.jwt } as APIGatewayEventRequestContextJWTAuthorizer,
      }),
      domainName: host,
      domainPrefix: host.split('.')[0] ?? host,
      http: {
        method: request.method,
        path: rawPath,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: request.headers['user-agent']?.join(',') ?? '',
      },
      requestId: facts.requestId,
      routeKey: match.routeKey,
      stage: '$default',
      time: commonLogTime(facts.at),
      timeEpoch: facts.at.getTime(),
    },
    ...(Object.keys(match.pathParameters).length > 0 && { pathParameters: match.pathParameters }),
    ...bodyOf(request),
  };
}

export function splitTarget(target: string): { rawPath: string; rawQueryString: string } {
  const mark = target.indexOf('?');
  if (mark < 0) return { rawPath: target, rawQueryString: '' };
  return { rawPath: target.slice(0, mark), rawQueryString: target.slice(mark + 1) };
}

function joined(headers: HttpRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, values]) => (values ? [[name, values.join(',')]] : [])),
  );
}

function queryOf(rawQueryString: string): Record<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const before = query.get(name);
    query.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(query);
}

const textual = /^(text\/|application\/(json|xml|javascript)\b|application\/[^;]+\+(json|xml)\b)/i;

/** Text stays text; anything else, and text that is not UTF-8, arrives as base64 so that no byte is lost. */
function bodyOf({ body, headers }: HttpRequest): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const type = headers['content-type']?.[0];
  const isText = (type === undefined || textual.test(type)) && isUtf8(body);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(at: Date): string {
  const [date = '', time = ''] = at.toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${day}/${months[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}
