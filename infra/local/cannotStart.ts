/** Why the stack does not start, and what to do about it, in one line for the terminal. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
