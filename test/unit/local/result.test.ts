import { describe, expect, test } from 'vitest';
import { toAnswer } from '../../../infra/local/result.ts';

describe('a result becomes the answer that an HTTP API makes of it', () => {
  test('status, headers in lower case, cookies and body', () => {
    const answer = toAnswer({
      statusCode: 201,
      headers: { Location: '/v1/x', 'content-type': 'application/json', 'x-count': 3 },
      cookies: ['a=1', 'b=2'],
      body: '{}',
    });

    expect(answer).toEqual({
      status: 201,
      headers: {
        'content-type': 'application/json',
        location: '/v1/x',
        'x-count': '3',
        'set-cookie': ['a=1', 'b=2'],
      },
      body: '{}',
    });
  });

  test('base64 is decoded', () => {
    const answer = toAnswer({ statusCode: 200, body: 'AAH/', isBase64Encoded: true });

    expect(answer.body).toEqual(Buffer.from([0, 1, 255]));
  });

  test('without a status the result is the JSON body of a 200', () => {
    const answer = toAnswer({ fine: true });

    expect(answer).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"fine":true}',
    });
  });

  test.each([
    { statusCode: '200' },
    { statusCode: 200, body: { not: 'a string' } },
    { statusCode: 200, headers: { a: ['b'] } },
  ])('throws on %j', (result) => {
    expect(() => toAnswer(result)).toThrow();
  });
});
