/** What has been promised to leave the system: looked for at the end of a run. */
export type Expectations = {
  mail(email: string): void;
  /** An invitation that was revoked or superseded may never be mailed. */
  noMail(email: string): void;
  event(type: string, workspaceId: string): void;
  mails(): readonly string[];
  events(): readonly { type: string; workspaceId: string }[];
};

export function newExpectations(): Expectations {
  const mails = new Set<string>();
  const events: { type: string; workspaceId: string }[] = [];
  return {
    mail: (email) => void mails.add(email),
    noMail: (email) => void mails.delete(email),
    event: (type, workspaceId) => void events.push({ type, workspaceId }),
    mails: () => [...mails],
    events: () => events,
  };
}
