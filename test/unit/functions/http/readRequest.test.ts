import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { problemOf } from '../../../../functions/http/problem.ts';
import { readRequest } from '../../../../functions/http/readRequest.ts';
import { aRequestTo, aRoute, runBefore } from '../../../support/http.ts';

const json = { 'content-type': 'application/json' };
const withBody = aRoute({
  body: z.strictObject({ name: z.string(), tags: z.optional(z.array(z.string())) }),
  query: z.strictObject({ limit: z.optional(z.coerce.number().check(z.maximum(100))) }),
});
const withoutBody = aRoute({ method: 'DELETE' });

type Asked = Parameters<typeof aRequestTo>[0];

async function read(asked: Asked) {
  const { event } = await runBefore(readRequest(), aRequestTo({ route: withBody, headers: json, ...asked }));
  return event.call.input;
}

describe('a body', () => {
  test.each(['application/json', 'application/json; charset=utf-8', 'application/merge-patch+json'])(
    'of type %s is read',
    async (type) => {
      const input = await read({ headers: { 'content-type': type }, body: '{"name":"a"}' });

      expect(input?.body).toEqual({ name: 'a' });
    },
  );

  test('that is encoded in base64 is read', async () => {
    const body = Buffer.from('{"name":"Zürich"}').toString('base64');

    expect((await read({ body, isBase64Encoded: true }))?.body).toEqual({ name: 'Zürich' });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'of type %s is refused',
    async (type) => {
      const reading = read({ headers: { 'content-type': type }, body: '{"name":"a"}' });

      await expect(reading).rejects.toMatchObject({ code: 'unsupported_media_type' });
    },
  );

  test('without a type is refused', async () => {
    const reading = read({ headers: {}, body: '{"name":"a"}' });

    await expect(reading).rejects.toMatchObject({ code: 'unsupported_media_type' });
  });

  test.each(['{"name":', '{name:"a"}', 'name=a', '', '{"name":"a"}}'])(
    'that is %j is malformed',
    async (body) => {
      await expect(read({ body })).rejects.toMatchObject({ code: 'malformed_json' });
    },
  );

  test('that is missing is malformed', async () => {
    await expect(read({})).rejects.toMatchObject({ code: 'malformed_json' });
  });

  test.each(['null', '[]', '1', '"text"'])('that is JSON but no object (%s) is invalid', async (body) => {
    await expect(read({ body })).rejects.toMatchObject({ code: 'validation_failed' });
  });

  describe('that is not UTF-8', () => {
    const broken = Buffer.concat([Buffer.from('{"name":"a'), Buffer.from([0xff, 0x28]), Buffer.from('b"}')]);
    const replaced = broken.toString();
    const withLength = (bytes: number) => ({ ...json, 'content-length': String(bytes) });

    test('is malformed where it comes as its bytes', async () => {
      const reading = read({ body: broken.toString('base64'), isBase64Encoded: true });

      await expect(reading).rejects.toMatchObject({ code: 'malformed_json' });
    });

    test('is malformed where it comes as text in which bytes were replaced on the way', async () => {
      const reading = read({ body: replaced, headers: withLength(broken.length) });

      await expect(reading).rejects.toMatchObject({ code: 'malformed_json' });
    });

    test('is not what a replacement character is that was sent as one', async () => {
      const name = 'a\ufffdb';
      const body = JSON.stringify({ name });
      const sent = Buffer.from(body);

      const asText = await read({ body, headers: withLength(sent.length) });
      const asBytes = await read({ body: sent.toString('base64'), isBase64Encoded: true });

      expect([asText?.body, asBytes?.body]).toEqual([{ name }, { name }]);
    });
  });

  test.each([false, true])('with a byte order mark is malformed, as bytes: %s', async (isBase64Encoded) => {
    const text = '\ufeff{"name":"a"}';
    const body = isBase64Encoded ? Buffer.from(text).toString('base64') : text;

    await expect(read({ body, isBase64Encoded })).rejects.toMatchObject({ code: 'malformed_json' });
  });

  test('that is nested too deeply is malformed', async () => {
    const body = `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

    await expect(read({ body })).rejects.toMatchObject({
      code: 'malformed_json',
      message: 'The body is nested too deeply.',
    });
  });

  test('sent where none is taken is not looked at', async () => {
    const input = await read({ route: withoutBody, headers: {}, body: 'anything' });

    expect(input?.body).toBeUndefined();
  });
});

describe('the size of a body', () => {
  const limit = 5 * 1024 * 1024;
  const bodyOf = (bytes: number) => `{"name":"${'x'.repeat(bytes - 11)}"}`;
  const base64 = (body: string) => ({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true });

  test.each([
    ['as text', { body: bodyOf(limit) }, { body: bodyOf(limit + 1) }],
    ['in base64, which counts as what it encodes', base64(bodyOf(limit)), base64(bodyOf(limit + 1))],
  ])('is at most 5 MB %s', async (_, fits, exceeds) => {
    await expect(read(fits)).resolves.toBeDefined();
    await expect(read(exceeds)).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  test('counts bytes, not characters', async () => {
    const body = `{"name":"${'é'.repeat(limit / 2)}"}`;

    await expect(read({ body })).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  test('is judged before the type', async () => {
    const reading = read({ headers: { 'content-type': 'text/plain' }, body: bodyOf(limit + 1) });

    await expect(reading).rejects.toMatchObject({ code: 'payload_too_large' });
  });
});

describe('a request with faults', () => {
  test('is refused with all of them, in the query and in the body', async () => {
    const reading = read({ query: { limit: '101', sort: 'name' }, body: '{"name":1,"tags":["a",2],"x":1}' });

    await expect(reading).rejects.toMatchObject({
      code: 'validation_failed',
      extra: {
        errors: expect.arrayContaining(
          ['?limit', '?sort', '#/name', '#/tags/1', '#/x'].map((pointer) =>
            expect.objectContaining({ pointer, detail: expect.stringMatching(/./) }),
          ),
        ),
      },
    });
  });

  test.each(['__proto__', 'constructor', 'hasOwnProperty'])(
    'is told of a field %s as of any other that there is not',
    async (name) => {
      const reading = read({ body: `{"name":"a","${name}":{"prototype":1}}` });

      await expect(reading).rejects.toMatchObject({
        code: 'validation_failed',
        extra: { errors: [{ pointer: `#/${name}`, detail: 'There is no such field.' }] },
      });
    },
  );

  test.each(['12345678901234567890', '1e400', '0.1234567890123456789'])(
    'in a number that can’t be kept (%s) is told where, also where any value is taken',
    async (number) => {
      const anything = aRoute({ body: z.strictObject({ free: z.unknown() }) });

      const reading = read({ route: anything, body: `{"free":{"id":[1,${number}]}}` });

      await expect(reading).rejects.toMatchObject({
        code: 'validation_failed',
        extra: {
          errors: [{ pointer: '#/free/id/1', detail: expect.stringContaining('Send it as a string') }],
        },
      });
    },
  );

  test('is told once of a place, by what the schema says of it', async () => {
    const reading = read({ body: '{"name":1e400,"x":1e400}' });

    await expect(reading).rejects.toMatchObject({
      extra: {
        errors: [
          { pointer: '#/name', detail: expect.not.stringContaining('string.') },
          { pointer: '#/x', detail: 'There is no such field.' },
        ],
      },
    });
  });

  test('of 90,000 is told the first 100 and how many there are', async () => {
    const fields = Array.from({ length: 90_000 }, (_, n) => `"field ${n}":1e400`);

    const error = await read({ body: `{"name":"a",${fields.join()}}` }).catch((refused) => refused);

    const { errors, errorCount } = problemOf(error, 'request-1');
    expect(errors).toHaveLength(100);
    expect(errorCount).toBe(90_000);
  });

  test('in its path leads nowhere: the id can not have been issued', async () => {
    const reading = read({ params: { thingId: '../other' }, body: '{"name":"a"}' });

    await expect(reading).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('If-Match', () => {
  test.each([
    ['"7", "8"', [7, 8]],
    ['*', '*'],
    ['W/"7"', []],
  ])('%j is read', async (tag, versions) => {
    const input = await read({ route: withoutBody, headers: { 'if-match': tag } });

    expect(input?.expectedVersion).toEqual(versions);
  });

  test('left out means any version', async () => {
    expect((await read({ route: withoutBody, headers: {} }))?.expectedVersion).toBeUndefined();
  });
});
