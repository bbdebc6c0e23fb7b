/** A clock that stands still until it is moved. */
export type Clock = { now: () => Date; advance: (milliseconds: number) => void };

export const hour = 3_600_000;

export function aClock(start = '2026-03-02T09:00:00.000Z'): Clock {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
}
