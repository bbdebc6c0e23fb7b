import {
  BadRequestException,
  MessageRejected,
  SESv2Client,
  SendEmailCommand,
  TooManyRequestsException,
} from '@aws-sdk/client-sesv2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test, vi } from 'vitest';
import { mailFrom } from '../../../../functions/workers/mail.ts';

const ses = mockClient(SESv2Client);
beforeEach(() => {
  ses.reset();
  vi.restoreAllMocks();
  vi.stubEnv('AWS_REGION', 'eu-central-1');
});

const mail = {
  to: 'bob@customer.example',
  subject: 'You are invited',
  text: 'Open this link',
  link: 'https://app.example/x',
  token: 'secret',
  at: '2026-01-02T03:04:05.000Z',
};
const sentAt = new Date(mail.at);
const send = (leftMilliseconds = 20_000) =>
  mailFrom({ MAIL: 'ses:invitations@workspaces.example' })(mail, {
    deadline: sentAt.getTime() + leftMilliseconds,
    now: () => sentAt,
  });
const about = { message: 'bob@customer.example is refused', $metadata: { requestId: 'r-1' } };

test('a mail goes out from the sender of the settings', async () => {
  ses.on(SendEmailCommand).resolves({});

  await send();

  expect(ses.commandCalls(SendEmailCommand)[0]?.args[0].input).toEqual({
    FromEmailAddress: 'invitations@workspaces.example',
    Destination: { ToAddresses: ['bob@customer.example'] },
    Content: { Simple: { Subject: { Data: 'You are invited' }, Body: { Text: { Data: 'Open this link' } } } },
  });
});

test.each([
  new MessageRejected(about),
  new TooManyRequestsException(about),
  new Error('bob@customer.example'),
  Object.assign(new Error('bob@customer.example'), { name: 'AbortError' }),
])('what SES may take later is thrown, without a word of whom it was for: %s', async (cause) => {
  ses.on(SendEmailCommand).rejects(cause);

  const error = await send().then(
    () => undefined,
    (thrown: Error) => thrown,
  );

  expect(error?.message).toContain(`SES did not take a mail: ${cause.name}, `);
  expect(`${error?.stack} ${String(error?.cause)}`).not.toContain('bob');
});

test('an address that no mail can be sent to holds up nobody else', async () => {
  ses.on(SendEmailCommand).rejects(new BadRequestException(about));

  await expect(send()).resolves.toBeUndefined();
});

test.each([
  { left: 20_000, waited: 5_000 },
  { left: 2_000, waited: 2_000 },
  { left: -1, waited: 1 },
])('SES is waited for $waited ms where $left ms are left', async ({ left, waited }) => {
  const timeout = vi.spyOn(AbortSignal, 'timeout');
  ses.on(SendEmailCommand).resolves({});

  await send(left);

  expect(timeout).toHaveBeenCalledExactlyOnceWith(waited);
  expect(ses.send.firstCall.args).toContainEqual({ abortSignal: timeout.mock.results[0]?.value });
});
