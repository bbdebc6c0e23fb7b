import type { Backend } from '../../../infra/local/backend.ts';

/** The URL of one of the small functions. */
export const moduleOf = (name: string) => new URL(`./functions/${name}.ts`, import.meta.url).href;

/** A stack of a few small functions, for what is the stack's own. */
export const smallBackend: Backend = {
  routes: [{ method: 'GET', path: '/{any}', group: 'public', access: 'anyone' }],
  modules: { public: moduleOf('probe'), stream: moduleOf('stream'), clock: moduleOf('clock') },
  consumers: [{ name: 'stream', isFor: () => true }],
  schedules: [{ name: 'clock', everyMilliseconds: 50 }],
  organizationResolver: () => async (login, wanted) => wanted ?? `org_of_${login}`,
};
