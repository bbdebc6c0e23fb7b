import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
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

  test('in its path leads nowhere: the id can not have been issued', async () => {
    const reading = read({ params: { thingId: '../other' }, body: '{"name":"a"}' });

    await expect(reading).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('If-Match', () => {
  test.each([
    ['"7"', 7],
    ['W/"7"', 7],
    ['7', 7],
    [' "7" ', 7],
    ['*', undefined],
    ['', undefined],
    ['"seven"', -1],
    ['"7", "8"', -1],
  ])('%j means version %s', async (tag, version) => {
    const input = await read({ route: withoutBody, headers: { 'if-match': tag } });

    expect(input?.expectedVersion).toBe(version);
  });

  test('left out means any version', async () => {
    expect((await read({ route: withoutBody, headers: {} }))?.expectedVersion).toBeUndefined();
  });
});
