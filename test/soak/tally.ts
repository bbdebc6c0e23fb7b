/** What happened in a run: what is reported at its end, and what must not be. */
export type Tally = {
  answered(request: string, status: number): void;
  count(what: string): void;
  /** Something that breaks a promise. Said at once, as a run that is cut off says no more. */
  violation(text: string): void;
  violations(): number;
  report(): string;
};

/** Of violations that differ in nothing but ids. */
const maximumShown = 3;

export function newTally(startedAt: number): Tally {
  const statuses = new Map<string, Map<number, number>>();
  const counts = new Map<string, number>();
  const kinds = new Map<string, number>();
  let violations = 0;
  return {
    answered(request, status) {
      const row = statuses.get(request) ?? new Map<number, number>();
      statuses.set(request, row.set(status, (row.get(status) ?? 0) + 1));
    },
    count(what) {
      counts.set(what, (counts.get(what) ?? 0) + 1);
    },
    violation(text) {
      violations += 1;
      const kind = text.replaceAll(/[0-9a-f-]{36}|_[0-9A-Za-z]{26}|\d+/g, '…').slice(0, 200);
      const shownBefore = kinds.get(kind) ?? 0;
      kinds.set(kind, shownBefore + 1);
      if (shownBefore === maximumShown) console.log(`VIOLATION, and more of this kind: ${kind}`);
      if (shownBefore >= maximumShown) return;
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      console.log(`VIOLATION at ${seconds} s: ${text.slice(0, 600)}`);
    },
    violations: () => violations,
    report() {
      const requests = [...statuses].sort().map(([request, row]) => `  ${request.padEnd(84)}${shown(row)}`);
      const events = [...counts].sort().map(([what, count]) => `  ${what.padEnd(84)}${count}`);
      return ['Requests by status (0: no answer)', ...requests, 'What happened', ...events].join('\n');
    },
  };
}

function shown(row: ReadonlyMap<number, number>): string {
  return [...row]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`)
    .join('  ');
}
