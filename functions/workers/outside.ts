import { appendFileSync } from 'node:fs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { pathIn, required } from '../http/environment.ts';

export type Mail = { to: string; subject: string; text: string; link: string; token: string; at: string };
export type SendMail = (mail: Mail) => Promise<void>;

/** One event for the bus; `detail` is JSON. */
export type BusEvent = { id: string; detailType: string; detail: string; time: string };
/** Throws when the bus did not take it. */
export type Publish = (event: BusEvent) => Promise<void>;

const source = 'workspaces';

/** `ses:<sender>` sends through SES; `file:<path>` writes a line a mail. */
export function mailFrom(env: NodeJS.ProcessEnv): SendMail {
  const setting = required(env, 'MAIL');
  const path = pathIn(setting);
  if (path) return async (mail) => appendFileSync(path, `${JSON.stringify(mail)}\n`, { mode: 0o600 });
  const ses = new SESv2Client({});
  return async ({ to, subject, text }) => {
    await ses.send(
      new SendEmailCommand({
        FromEmailAddress: setting.replace(/^ses:/, ''),
        Destination: { ToAddresses: [to] },
        Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: text } } } },
      }),
    );
  };
}

/** The name of an EventBridge bus, or `file:<path>`, which takes a line an event. */
export function busFrom(env: NodeJS.ProcessEnv): Publish {
  const bus = required(env, 'EVENT_BUS');
  const path = pathIn(bus);
  if (path)
    return async (event) => {
      const line = JSON.stringify({ source, ...event, detail: JSON.parse(event.detail) });
      appendFileSync(path, `${line}\n`, { mode: 0o600 });
    };
  const client = new EventBridgeClient({});
  return async ({ detailType, detail, time }) => {
    const { FailedEntryCount } = await client.send(
      new PutEventsCommand({
        Entries: [
          { EventBusName: bus, Source: source, DetailType: detailType, Detail: detail, Time: new Date(time) },
        ],
      }),
    );
    // PutEvents fails entry by entry with HTTP 200.
    if (FailedEntryCount) throw new Error('The bus did not take the event.');
  };
}
