import { jsonAnswer } from '../../infra/local/answer.ts';
import { splitTarget } from '../../infra/local/event.ts';
import { type Listener, listen } from '../../infra/local/listener.ts';
import { endpointsAlone } from '../e2e/deployed/endpointsAlone.ts';
import type { Mail } from '../e2e/target.ts';

/** As the emulator shows what SES was given: https://github.com/ministackorg/ministack#internal-api */
type Sent = { To: string[]; Subject: string; BodyText: string; Timestamp: number };

/** The mails that the emulator's SES was given, in the form of `/local/mailbox`. */
export async function openMailbox(emulatorUrl: string): Promise<Listener> {
  const listener = await listen(0);
  const sent = sentMails(emulatorUrl);
  listener.serve(
    endpointsAlone([
      {
        method: 'GET',
        path: '/local/mailbox',
        async answer({ target }, requestId) {
          const to = new URLSearchParams(splitTarget(target).rawQueryString).get('to')?.toLowerCase();
          const theirs = (await sent()).filter(({ To }) => To.some((one) => one.toLowerCase() === to));
          return jsonAnswer({ items: theirs.map(mailOf).reverse() }, requestId);
        },
      },
    ]),
  );
  return listener;
}

/** The emulator shows all mails at once: whoever asks meanwhile shares the answer. */
function sentMails(emulatorUrl: string): () => Promise<Sent[]> {
  let underWay: Promise<Sent[]> | undefined;
  const read = async () => {
    const answer = await fetch(`${emulatorUrl}/_ministack/ses/messages`);
    const { messages } = (await answer.json()) as { messages: Record<string, Sent[]> };
    return Object.values(messages).flat();
  };
  return () => {
    underWay ??= read().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

function mailOf({ To, Subject, BodyText, Timestamp }: Sent): Mail {
  const [link = ''] = /https?:\S+/.exec(BodyText) ?? [];
  return {
    to: To.join(),
    subject: Subject,
    text: BodyText,
    link,
    token: URL.parse(link)?.searchParams.get('token') ?? '',
    at: new Date(Timestamp * 1_000).toISOString(),
  };
}
