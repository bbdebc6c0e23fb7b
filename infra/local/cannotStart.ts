/** Why the stack does not start or go on, and what to do about it, in one line for the terminal. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

const reasons: Partial<Record<string, string>> = {
  ENOSPC: 'the disk is full. Make room and start again: everything that was answered is stored',
  EDQUOT: 'the disk quota is used up. Make room and start again: everything that was answered is stored',
  EACCES: 'this user may not. Change its owner or its permissions, or set DATA_DIR to another directory',
  EPERM: 'this user may not. Change its owner or its permissions, or set DATA_DIR to another directory',
  EROFS: 'it is read-only. Set DATA_DIR to a directory that can be written',
  EISDIR: 'it is a directory. Move it away',
  ENOTDIR: 'a part of its path is no directory. Set DATA_DIR to another directory',
  EEXIST: 'something else is there. Move it away, or set DATA_DIR to another directory',
  EMFILE: 'too many files are open. Raise the limit (ulimit -n)',
};

/** An error of the file system in one sentence that names the file; any other error as it is. */
export function explained(error: unknown, file?: string): unknown {
  if (!(error instanceof Error) || error instanceof CannotStart) return error;
  const { code, path }: NodeJS.ErrnoException = error;
  const reason = code === undefined ? undefined : reasons[code];
  if (reason === undefined) return error;
  return new CannotStart(`${file ?? path ?? 'A file of DATA_DIR'} can't be read or written: ${reason}.`, {
    cause: error,
  });
}
