import { idsFrom, type NewId } from '../../domain/ids.ts';

/** Ids that end in 26 characters like a ULID, sort in the order they were made and are the same in every run. */
export function countedIds(): NewId {
  let count = 0;
  return idsFrom(() => {
    count += 1;
    return `01TEST${String(count).padStart(20, '0')}`;
  });
}
