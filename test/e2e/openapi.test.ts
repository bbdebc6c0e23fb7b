import { beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../functions/routes.ts';
import { onStage } from './stage.ts';

type Schema = Record<string, unknown>;
type Operation = {
  operationId: string;
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
  security?: Record<string, string[]>[];
};
type Document = {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, { type: string }> };
  security: Record<string, string[]>[];
};

const types = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'];
const open = ['/v1/health', '/v1/openapi.json', '/v1/invitations/preview'];

/** The reference page and its files are no operations of the API. */
const described = routes.filter(({ path }) => path.startsWith('/v1/'));

onStage('the API description', (stage) => {
  let document: Document;
  let operations: { path: string; method: string; operation: Operation }[];
  beforeAll(async () => {
    document = await stage.withToken(undefined).read<Document>('/v1/openapi.json');
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
    );
  });

  test('is OpenAPI 3.1 with title, version and a way to sign in', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    const schemes = Object.keys(document.components.securitySchemes);
    expect(document.security.flatMap((need) => Object.keys(need))).toEqual(schemes);
    expect(document.components.securitySchemes[schemes[0] ?? '']).toMatchObject({
      type: 'http',
      scheme: 'bearer',
    });
  });

  test('lists every route of the table and nothing else, each under its own operation id', () => {
    const listed = operations.map(
      ({ path, method, operation }) => `${method.toUpperCase()} ${path} ${operation.operationId}`,
    );
    const declared = described.map(({ path, method, operationId }) => `${method} ${path} ${operationId}`);

    expect(listed.sort()).toEqual(declared.sort());
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  });

  test('declares exactly the parameters of each path, and only known places for others', () => {
    for (const { path, operation } of operations) {
      const parameters = operation.parameters ?? [];
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(inPath.map(({ name }) => name).sort(), path).toEqual(names.sort());
      expect(
        inPath.every(({ required }) => required),
        path,
      ).toBe(true);
      for (const parameter of parameters) {
        expect(['path', 'query', 'header'], path).toContain(parameter.in);
        expect(parameter.schema, `${path} ${parameter.name}`).toBeDefined();
      }
      const keys = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      expect(new Set(keys).size, path).toBe(keys.length);
    }
  });

  test('tells of every write that it takes an Idempotency-Key', () => {
    for (const { path, method, operation } of operations) {
      const takes = (operation.parameters ?? []).some(({ name }) => name.toLowerCase() === 'idempotency-key');
      expect(takes, `${method} ${path}`).toBe(method !== 'get');
    }
  });

  test('gives each operation a success, its errors as problems, and a body only where one is read', () => {
    for (const { path, method, operation } of operations) {
      const name = `${method} ${path}`;
      const statuses = Object.keys(operation.responses);
      expect(
        statuses.some((status) => status.startsWith('2')),
        name,
      ).toBe(true);
      expect(
        statuses.every((status) => /^[2-5]\d\d$/.test(status)),
        name,
      ).toBe(true);
      if (['get', 'delete'].includes(method)) expect(operation.requestBody, name).toBeUndefined();
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(response.description, `${name} ${status}`).toEqual(expect.any(String));
        if (Number(status) >= 400)
          expect(Object.keys(response.content ?? {}), name).toEqual(['application/problem+json']);
      }
      expect(statuses.includes('401'), name).toBe(!open.includes(path));
    }
  });

  test('asks for no token where none is needed', () => {
    const without = operations
      .filter(({ operation }) => operation.security?.length === 0)
      .map(({ path }) => path);

    expect(without.sort()).toEqual([...open].sort());
  });

  describe('is as strict as the service', () => {
    const operationNamed = (name: string) => {
      const found = operations.find(({ operation }) => operation.operationId === name)?.operation;
      if (!found) throw new Error(`There is no ${name}.`);
      return found;
    };
    const bodyOf = (name: string) => operationNamed(name).requestBody?.content['application/json']?.schema;
    const inBody = (name: string, path: string) =>
      path
        .split('.')
        .reduce<unknown>((value, part) => (value as Schema | undefined)?.[part], bodyOf(name)) as Schema;

    test('about the form of an Idempotency-Key', () => {
      for (const { operation } of operations)
        for (const { name, schema } of operation.parameters ?? [])
          if (name === 'Idempotency-Key') {
            const pattern = new RegExp(String(schema?.pattern));
            const allowed = ['!', '~', 'x'.repeat(255)].filter((key) => pattern.test(key));
            const refusedOnes = ['', 'a b', 'x'.repeat(256), 'ü', '\t', 'a\n'].filter((key) =>
              pattern.test(key),
            );
            expect([allowed.length, refusedOnes]).toEqual([3, []]);
          }
    });

    test.each([
      ['createConnection', 'properties.accounts'],
      ['reconnectConnection', 'properties.accounts'],
      ['updateConnection', 'properties.accountIds.anyOf.1'],
      ['copyConnections', 'properties.connections'],
      ['copyConnections', 'properties.connections.items.properties.accountIds'],
      ['createWorkspace', 'properties.members'],
      ['createWorkspace', 'properties.connections'],
      ['updateWorkspace', 'properties.members.properties.set'],
      ['updateWorkspace', 'properties.members.properties.remove'],
      ['updateWorkspace', 'properties.connections.properties.add'],
      ['updateWorkspace', 'properties.connections.properties.remove'],
      ['updateWorkspace', 'properties.connections.properties.accounts'],
      ['createInvitations', 'properties.invitations'],
      ['createInvitations', 'properties.invitations.items.properties.grants'],
      ['reportAccounts', 'properties.accounts'],
    ])('about what may be named once: %s %s', (name, path) => {
      expect(inBody(name, path)).toMatchObject({ type: 'array', uniqueItems: true });
    });

    test.each([
      ['updateConnection', 1],
      ['copyConnections', 1],
      ['changeLimits', 2],
    ])('about a body that asks for nothing: %s', (name, least) => {
      expect(bodyOf(name)).toMatchObject({ minProperties: least });
    });

    test('about how many faults a problem lists', () => {
      expect(document.components.schemas.Problem).toMatchObject({
        properties: { errors: { maxItems: 100 }, errorCount: { type: 'integer' } },
      });
    });

    test('about credentials: an object of anything', () => {
      expect(inBody('createConnection', 'properties.credentials')).toMatchObject({
        type: 'object',
        additionalProperties: true,
      });
    });
  });

  describe('its schemas', () => {
    const every = (visit: (schema: Schema, at: string) => void) => {
      const walk = (value: unknown, at: string) => {
        if (typeof value !== 'object' || value === null) return;
        if (!Array.isArray(value)) visit(value as Schema, at);
        for (const [name, member] of Object.entries(value)) walk(member, `${at}/${name}`);
      };
      walk(document.components.schemas, '#/components/schemas');
      walk(document.paths, '#/paths');
    };

    test('refer only to what is there', () => {
      every(({ $ref }, at) => {
        if ($ref === undefined) return;
        const found = String($ref)
          .replace(/^#\//, '')
          .split('/')
          .reduce<unknown>((value, part) => (value as Schema | undefined)?.[part], document);
        expect(found, `${at} ${$ref}`).toBeDefined();
      });
    });

    test('are JSON Schema 2020-12, as 3.1 asks: known types, required members that exist, nothing of 3.0', () => {
      every((schema, at) => {
        const isSchema = 'type' in schema && (typeof schema.type === 'string' || Array.isArray(schema.type));
        if (!isSchema || at.endsWith('/properties')) return;
        expect(schema, at).not.toHaveProperty('nullable');
        for (const type of [schema.type].flat()) expect(types, at).toContain(type);
        if (schema.type === 'array') expect(schema, at).toHaveProperty('items');
        if (Array.isArray(schema.required) && schema.properties)
          expect(Object.keys(schema.properties), at).toEqual(expect.arrayContaining(schema.required));
        for (const bound of ['exclusiveMinimum', 'exclusiveMaximum'])
          if (bound in schema) expect(typeof schema[bound], at).toBe('number');
      });
    });

    test('hold patterns that mean the same in the tools of other languages', () => {
      // Of no escapes but these, without looking around, named groups and references: Python, Go, Java, .NET, Rust.
      const portable = /^(?:[^\\(]|\\x[0-9a-f]{2}|\\[-.*+?^$()[\]{}|/]|\((?!\?)|\(\?:)*$/;
      every(({ pattern }, at) => {
        if (typeof pattern !== 'string') return;
        expect(() => new RegExp(pattern, 'u'), at).not.toThrow();
        expect(pattern, at).toMatch(portable);
      });
    });
  });
});
