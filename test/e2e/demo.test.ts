import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { playDemo } from '../../infra/local/demo.ts';

test('the demo plays the whole story, shows no secret and ends with what was shown', async () => {
  const printed: string[] = [];

  await playDemo((text) => printed.push(text));

  const text = printed.join('\n');
  expect(text).toContain('Please reach out to your Customer Success Manager');
  expect(text).toContain("code: 'connection_has_copies'");
  expect(text).toContain('reconnected: 3');
  expect(printed.at(-1)).toMatch(/^ {2}15\. One “Update workspace”$/);
  expect(text).not.toMatch(/eyJ|'(first|second)'|org_\w{26}\.inv_/);
});

test('the demo fails at the first answer that is not the expected one, and ends its stack', async () => {
  const server = createServer((_, response) => response.end('{"accessToken":"none"}')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  let stopped = false;
  const start = async () => ({
    url,
    stop: async () => {
      stopped = true;
      server.close();
    },
  });

  const playing = playDemo(() => {}, start);

  await expect(playing).rejects.toThrow('POST /v1/admin/organizations was to answer 201, and answered 200.');
  expect(stopped).toBe(true);
});
